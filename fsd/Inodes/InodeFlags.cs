using System;

namespace KataShimNet.Fsd.Inodes;

/// <summary>Flags of an <see cref="InodeSlot"/>.</summary>
[Flags]
internal enum InodeFlags : byte
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>The record counts.</summary>
    Live = 1,
    /// <summary>Root of an export: stays until the export is removed, whatever the guest forgets.</summary>
    Sticky = 2,
    /// <summary>A file system of its own begins here.</summary>
    Submount = 4,
    /// <summary>Used since the clock's hand passed.</summary>
    Referenced = 8,
    /// <summary>The descriptor must stay: there is no file handle, or no name leads to the file any more.</summary>
    Held = 16,
    /// <summary>A request is about to remove a name of the file.</summary>
    Removing = 32,
    /// <summary>Its number is another file's by now: node ids lead here, lookups do not.</summary>
    Replaced = 64,
    /// <summary>In the clock's queue; this process's alone.</summary>
    Queued = 128,
}
