namespace KataShimNet.Shim.Sandboxes;

/// <summary>Where a sandbox is in its life. It only ever moves down this list.</summary>
internal enum SandboxState
{
    /// <summary>Nothing exists on the host.</summary>
    Created,
    /// <summary>fsd and QEMU are being started, or the guest boots.</summary>
    Starting,
    /// <summary>The agent answers.</summary>
    Running,
    /// <summary>What was done is being undone.</summary>
    Stopping,
    /// <summary>Nothing exists on the host any more.</summary>
    Stopped,
}
