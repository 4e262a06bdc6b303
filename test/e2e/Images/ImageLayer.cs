using System;
using System.Formats.Tar;
using System.IO;
using System.Text;

namespace KataShimNet.EndToEndTests.Images;

/// <summary>One layer of an image, as an uncompressed tar archive.</summary>
public sealed class ImageLayer : IDisposable
{
    private readonly MemoryStream _bytes = new();
    private readonly TarWriter _writer;

    /// <summary>An empty layer.</summary>
    public ImageLayer() => _writer = new TarWriter(_bytes, TarEntryFormat.Pax, leaveOpen: true);

    /// <summary>Adds a folder.</summary>
    public void AddFolder(string path, int mode = 0b111_101_101) => Add(TarEntryType.Directory, path, mode);

    /// <summary>Adds a file.</summary>
    public void AddFile(string path, byte[] content, int mode = 0b111_101_101)
    {
        using MemoryStream data = new(content);
        Add(TarEntryType.RegularFile, path, mode, data: data);
    }

    /// <summary>Adds a text file.</summary>
    public void AddText(string path, string content) => AddFile(path, Encoding.UTF8.GetBytes(content), 0b110_100_100);

    /// <summary>Adds a symbolic link.</summary>
    public void AddLink(string path, string target) => Add(TarEntryType.SymbolicLink, path, 0b111_111_111, target);

    /// <summary>Ends the archive and returns its bytes.</summary>
    public byte[] ToArray()
    {
        _writer.Dispose();
        return _bytes.ToArray();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _writer.Dispose();
        _bytes.Dispose();
    }

    private void Add(TarEntryType type, string path, int mode, string? target = null, Stream? data = null)
    {
        PaxTarEntry entry = new(type, path.TrimStart('/'))
        {
            Mode = (UnixFileMode)mode,
            Uid = 0,
            Gid = 0,
            ModificationTime = DateTimeOffset.FromUnixTimeSeconds(1_000_000_000),
        };
        if (data is not null)
        {
            entry.DataStream = data;
        }

        if (target is not null)
        {
            entry.LinkName = target;
        }

        _writer.WriteEntry(entry);
    }
}
