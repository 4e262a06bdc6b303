namespace KataShimNet.Fsd.Confinement;

/// <summary>How the worker is set apart from the host; names of virtiofsd's <c>--sandbox</c>.</summary>
internal enum SandboxMode
{
    /// <summary>Namespaces of its own and an empty root.</summary>
    Namespace,
    /// <summary>An empty root, in the namespaces that the daemon was started in.</summary>
    Chroot,
    /// <summary>Nothing; for a daemon that was started without the rights to set itself apart.</summary>
    None,
}

/// <summary>What is taken from the worker.</summary>
/// <param name="Mode">Namespaces and root.</param>
/// <param name="Capabilities">Those that it keeps.</param>
/// <param name="Seccomp">What happens at other system calls than its own.</param>
internal sealed record WorkerSandbox(SandboxMode Mode, CapabilitySet Capabilities, SeccompMode Seccomp)
{
    /// <summary>What is right unless asked otherwise.</summary>
    public static WorkerSandbox Default { get; } = new(SandboxMode.Namespace, CapabilitySet.Worker, SeccompMode.Kill);
}
