namespace KataShimNet.RuntimeConfig.Options;

/// <summary>Accelerators.</summary>
public enum Accelerator
{
    /// <summary>KVM where it works, otherwise TCG.</summary>
    Auto,
    /// <summary>KVM, or an error.</summary>
    Kvm,
    /// <summary>Emulation.</summary>
    Tcg,
}
