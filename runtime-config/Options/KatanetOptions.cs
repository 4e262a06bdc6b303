namespace KataShimNet.RuntimeConfig.Options;

/// <summary>All settings of a runtime handler, as read from one YAML file. Every value has a default that works with no file.</summary>
public sealed record KatanetOptions
{
    /// <summary>Default path of the file.</summary>
    public const string DefaultPath = "/etc/katanet/config.yaml";

    /// <summary>Environment variable that names the file; with <c>_SECTION_KEY</c> behind it, in capitals, it is one setting.</summary>
    public const string PathVariable = "KATANET_CONFIG";

    /// <summary>Section <c>hypervisor</c>.</summary>
    public HypervisorOptions Hypervisor { get; init; } = new();

    /// <summary>Section <c>guest</c>.</summary>
    public GuestOptions Guest { get; init; } = new();

    /// <summary>Section <c>sharing</c>.</summary>
    public SharingOptions Sharing { get; init; } = new();

    /// <summary>Section <c>network</c>.</summary>
    public NetworkOptions Network { get; init; } = new();

    /// <summary>Section <c>agent</c>.</summary>
    public AgentOptions Agent { get; init; } = new();

    /// <summary>Section <c>runtime</c>.</summary>
    public RuntimeOptions Runtime { get; init; } = new();

    /// <summary>Section <c>tracing</c>.</summary>
    public TracingOptions Tracing { get; init; } = new();

    /// <summary>Section <c>containerd</c>.</summary>
    public ContainerdOptions Containerd { get; init; } = new();
}
