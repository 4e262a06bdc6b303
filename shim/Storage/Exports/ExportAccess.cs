namespace KataShimNet.Shim.Storage.Exports;

/// <summary>What a guest may change of an export.</summary>
internal enum ExportAccess
{
    /// <summary>What the file system's rights allow.</summary>
    Write,

    /// <summary>Nothing of the mount itself; what is mounted below it has flags of its own (mount(8), <c>rbind,ro</c>).</summary>
    ReadAtTop,

    /// <summary>Nothing.</summary>
    Read,
}
