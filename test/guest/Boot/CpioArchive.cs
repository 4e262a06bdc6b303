using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace KataShimNet.TestGuest.Boot;

/// <summary>An initramfs, uncompressed: the "newc" form of cpio (Documentation/driver-api/early-userspace/buffer-format.rst).</summary>
public sealed class CpioArchive
{
    private const uint FolderType = 0x4000;
    private const uint CharacterDeviceType = 0x2000;
    private const uint FileType = 0x8000;
    private const uint LinkType = 0xA000;

    private readonly List<byte> _archive = [];
    private int _inode;

    /// <summary>Adds a folder, mode 755. What is in it comes after it.</summary>
    public CpioArchive Folder(string path) => Add(path, FolderType | 0x1ED, []);

    /// <summary>Adds a file, mode 755.</summary>
    public CpioArchive Program(string path, byte[] content) => Add(path, FileType | 0x1ED, content);

    /// <summary>Adds a symbolic link.</summary>
    public CpioArchive Link(string path, string target) => Add(path, LinkType | 0x1FF, Encoding.UTF8.GetBytes(target));

    /// <summary>Adds a character device, mode 600.</summary>
    public CpioArchive Device(string path, int major, int minor) => Add(path, CharacterDeviceType | 0x180, [], major, minor);

    /// <summary>The whole archive, with its trailer.</summary>
    public byte[] ToArray()
    {
        Add("TRAILER!!!", 0, []);
        return [.. _archive];
    }

    private CpioArchive Add(string path, uint mode, byte[] content, int major = 0, int minor = 0)
    {
        byte[] name = Encoding.UTF8.GetBytes(path + '\0');
        // Magic, inode, mode, uid, gid, links, time, size, device, device of a node, length of the name, no checksum.
        int[] fields = [++_inode, (int)mode, 0, 0, 1, 0, content.Length, 0, 0, major, minor, name.Length, 0];
        var header = new StringBuilder("070701");
        foreach (int field in fields)
            header.Append(CultureInfo.InvariantCulture, $"{field:X8}");
        _archive.AddRange(Encoding.ASCII.GetBytes(header.ToString()));
        _archive.AddRange(name);
        Align();
        _archive.AddRange(content);
        Align();
        return this;
    }

    private void Align() => _archive.AddRange(new byte[(4 - (_archive.Count % 4)) % 4]);
}
