namespace KataShimNet.Fsd.Coherency.Guard;

/// <summary>Whether processes of the host that cut a file which a guest maps are waited with.</summary>
internal enum GuardUse
{
    /// <summary>Where kernel and file system can; otherwise the log says what is lost.</summary>
    Auto,
    /// <summary>Yes: the daemon does not start where the kernel cannot.</summary>
    On,
    /// <summary>No.</summary>
    Off,
}
