using System;
using System.IO;
using System.Linq;
using System.Text;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Hostile.Guests;

/// <summary>The host's files of one run: what is served, and beside it what no guest may see or change.</summary>
/// <remarks>
/// <code>
/// outside, outside-folder/inner      never served; all that is in them is <see cref="Secret"/>
/// served/                            what virtiofsd serves as a whole
/// served/e, served/f                 the exports of katanet-fsd
/// </code>
/// </remarks>
internal sealed unsafe class HostTree : IDisposable
{
    /// <summary>Content of every file that is not served: an answer that contains it is an escape.</summary>
    public const string Secret = "S3cret-of-the-host";

    private readonly string _base = Path.Combine("/dev/shm", "katanet-hostile-" + Guid.NewGuid().ToString("N"));
    private readonly string _pristine;
    private readonly string _outside;

    /// <summary>Makes the files.</summary>
    public HostTree()
    {
        Directory.CreateDirectory(Served);
        Directory.CreateDirectory(OutsideFolder);
        File.WriteAllText(Outside, Secret);
        File.WriteAllText(OutsideFolder + "/inner", Secret);
        // With a secret of the same names as in the export: a name that is resolved outside of it shows.
        File.WriteAllText(OutsideFolder + "/file", Secret);
        Build();
        _pristine = Inside;
        _outside = DescribeOutside();
    }

    /// <summary>The folder above the exports.</summary>
    public string Served => _base + "/served";

    /// <summary>A file that is not served.</summary>
    public string Outside => _base + "/outside";

    /// <summary>A folder that is not served.</summary>
    public string OutsideFolder => _base + "/outside-folder";

    /// <summary>What is in the exports: names, types, modes, owners, contents, links, attributes.</summary>
    public string Inside => Describe(Served);

    /// <summary>Whether the exports are as they were made.</summary>
    public bool IsPristine => Inside == _pristine;

    /// <summary>What has become of the files outside; null when they are as they were made.</summary>
    public string? OutsideChange => DescribeOutside() is var now && now == _outside ? null : $"outside was\n{_outside}and is\n{now}";

    /// <summary>How the exports differ from what was made.</summary>
    public string Difference()
    {
        var (was, now) = (_pristine.Split('\n'), Inside.Split('\n'));
        return string.Join("; ", was.Except(now).Select(l => "gone: " + l).Concat(now.Except(was).Select(l => "new: " + l)));
    }

    /// <summary>Path on the host of something in the export <c>e</c>.</summary>
    public string At(string name) => Served + "/e/" + name;

    /// <summary>Makes the exports anew. Their roots stay the same directories, for a daemon has them open.</summary>
    public void Build()
    {
        Clear(Served, except: ["e", "f"]);
        foreach (var export in new[] { "e", "f" })
        {
            var root = Path.Combine(Served, export);
            Directory.CreateDirectory(root);
            Clear(root, except: []);
            fixed (byte* path = Utf8(root), name = "user.b\0"u8)
                _ = SysXattr.removexattr(path, name);
            File.SetUnixFileMode(root, (UnixFileMode)0x1ED);
            File.WriteAllText(root + "/file", "content");
            Directory.CreateDirectory(root + "/folder");
            File.WriteAllText(root + "/folder/inner", "inner");
        }

        Directory.CreateDirectory(At("empty"));
        File.CreateSymbolicLink(At("link"), "../../outside");
        File.CreateSymbolicLink(At("absolute"), Outside);
        Directory.CreateSymbolicLink(At("folder-link"), "../../outside-folder");
        Node("fifo", SysStat.S_IFIFO | 0x1B6);
        Node("socket", SysStat.S_IFSOCK | 0x1B6);
        SetXattr(At("file"), "user.a", "value");
    }

    /// <summary>Removes everything.</summary>
    public void Dispose() => Directory.Delete(_base, recursive: true);

    private static void Clear(string folder, string[] except)
    {
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            if (except.Contains(entry.Name))
                continue;
            if (entry is DirectoryInfo { LinkTarget: null } child)
                child.Delete(recursive: true);
            else
                entry.Delete();
        }
    }

    private void Node(string name, uint mode)
    {
        fixed (byte* path = Utf8(At(name)))
            LinuxException.Check(SysStat.mknodat(Fcntl.AT_FDCWD, path, mode, 0), "mknod", name);
    }

    private static void SetXattr(string path, string name, string value)
    {
        fixed (byte* p = Utf8(path), n = Utf8(name), v = Utf8(value))
            LinuxException.Check(SysXattr.lsetxattr(p, n, v, (nuint)value.Length, 0), "setxattr", path);
    }

    private string DescribeOutside()
    {
        var text = new StringBuilder();
        Describe(text, Outside, "outside");
        DescribeFolder(text, OutsideFolder, "outside-folder");
        foreach (var entry in Directory.EnumerateFileSystemEntries(_base).Order(StringComparer.Ordinal))
            text.Append(Path.GetFileName(entry)).Append('\n');
        return text.ToString();
    }

    private static string Describe(string folder)
    {
        var text = new StringBuilder();
        DescribeFolder(text, folder, "");
        return text.ToString();
    }

    private static void DescribeFolder(StringBuilder text, string folder, string shown)
    {
        Describe(text, folder, shown + "/");
        foreach (var entry in Directory.EnumerateFileSystemEntries(folder).Order(StringComparer.Ordinal))
        {
            var name = shown + "/" + Path.GetFileName(entry);
            if (Type(entry) == SysStat.S_IFDIR)
                DescribeFolder(text, entry, name);
            else
                Describe(text, entry, name);
        }
    }

    private static uint Type(string path)
    {
        Statx statx;
        fixed (byte* name = Utf8(path))
            return SysStat.statx(Fcntl.AT_FDCWD, name, Fcntl.AT_SYMLINK_NOFOLLOW, SysStat.STATX_BASIC_STATS, &statx) == 0 ? statx.Mode & SysStat.S_IFMT : 0;
    }

    private static void Describe(StringBuilder text, string path, string shown)
    {
        Statx statx;
        fixed (byte* name = Utf8(path))
        {
            if (SysStat.statx(Fcntl.AT_FDCWD, name, Fcntl.AT_SYMLINK_NOFOLLOW, SysStat.STATX_BASIC_STATS, &statx) < 0)
            {
                text.Append(shown).Append(" is gone\n");
                return;
            }

            text.Append($"{shown} mode {Convert.ToString(statx.Mode, 8)} owner {statx.Uid}:{statx.Gid} links {statx.Links}");
            var type = statx.Mode & SysStat.S_IFMT;
            if (type == SysStat.S_IFLNK)
                text.Append(" -> ").Append(new FileInfo(path).LinkTarget);
            if (type == SysStat.S_IFREG)
                text.Append($" size {statx.Size} ").Append(statx.Size <= 65536 ? Convert.ToHexString(File.ReadAllBytes(path)) : "");
            var list = stackalloc byte[1024];
            var length = (int)SysXattr.llistxattr(name, list, 1024);
            if (length > 0)
                text.Append(" attributes ").Append(Encoding.UTF8.GetString(list, length).Replace('\0', ' '));
            text.Append('\n');
        }
    }

    private static byte[] Utf8(string text) => [.. Encoding.UTF8.GetBytes(text), 0];
}
