using System;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Dax;

/// <summary>One live mapping of the window, as QEMU has it.</summary>
internal sealed class WindowPiece : IDisposable
{
    /// <summary>The export was removed.</summary>
    public const uint NoExport = uint.MaxValue;

    /// <summary>First byte in the window.</summary>
    public required long Offset { get; init; }

    /// <summary>Bytes.</summary>
    public required long Length { get; init; }

    /// <summary>First byte in the file.</summary>
    public required long FileOffset { get; init; }

    /// <summary>The file.</summary>
    public required FileIdentity Identity { get; init; }

    /// <summary>The file, to be mapped anew; owned.</summary>
    public required OwnedFd File { get; init; }

    /// <summary>Index of the export that the guest reached it by, or <see cref="NoExport"/>.</summary>
    public required uint Export { get; set; }

    /// <summary>Whether it is mapped for writing.</summary>
    public required bool Writable { get; init; }

    /// <summary>Whether the guest has asked to write: then the file's blocks below its end are allocated.</summary>
    public bool Stored { get; set; }

    /// <summary>The longest that the guest may take the file for, when it is about to be mapped.</summary>
    public long Believed { get; init; }

    /// <summary>What QEMU was given of the passthrough mount; 0 for scratch memory.</summary>
    public ulong Node { get; set; }

    /// <summary>Whether scratch memory stands for the file here.</summary>
    public bool IsScratch { get; init; }

    /// <summary>Byte behind the last one, in the window.</summary>
    public long End => Offset + Length;

    /// <summary>Byte behind the last one, in the file.</summary>
    public long FileEnd => FileOffset + Length;

    /// <summary>Whether a part of the window is in it.</summary>
    public bool Overlaps(long offset, long length) => Offset < offset + length && offset < End;

    /// <summary>A part of it, as another piece that is not mapped yet.</summary>
    /// <param name="from">First byte in the file.</param>
    /// <param name="to">Byte behind the last one, in the file.</param>
    /// <param name="scratch">Whether scratch memory stands there.</param>
    public WindowPiece Part(long from, long to, bool scratch) => new()
    {
        Offset = Offset + (from - FileOffset),
        Length = to - from,
        FileOffset = from,
        Identity = Identity,
        File = File.Duplicate(),
        Export = Export,
        Writable = Writable,
        Stored = Stored,
        IsScratch = scratch,
    };

    /// <summary>The same place with scratch memory that no file stands behind any more.</summary>
    /// <param name="scratch">The scratch memory; a duplicate is kept.</param>
    public WindowPiece WithoutFile(OwnedFd scratch) => new()
    {
        Offset = Offset,
        Length = Length,
        FileOffset = Offset,
        Identity = default,
        File = scratch.Duplicate(),
        Export = NoExport,
        Writable = true,
        IsScratch = true,
    };

    /// <inheritdoc/>
    public void Dispose() => File.Dispose();
}
