using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Text;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fuzz.Targets;

/// <summary>A small file system of its own, in no mount table, with a folder that is the same before each input.</summary>
internal sealed unsafe class FuzzFolder : IDisposable
{
    private readonly OwnedFd _mount;
    private readonly byte[] _entries = new byte[32768];

    /// <summary>Mounts it: 16 MiB and 4,096 inodes, which bound what an input can fill.</summary>
    public FuzzFolder()
    {
        using var context = DetachedMount.OpenFileSystem("tmpfs");
        DetachedMount.SetString(context, "size", "16m");
        DetachedMount.SetString(context, "nr_inodes", "4096");
        _mount = DetachedMount.Mount(context, 0);
        Check(SysStat.mkdirat(_mount.Fd, "data", 0x1ED), "mkdir");
        Data = Open("data");
        Build();
    }

    /// <summary>The folder.</summary>
    public OwnedFd Data { get; }

    /// <summary>An O_PATH descriptor of the folder.</summary>
    public OwnedFd Open(string name) => OwnedFd.FromCall(Fcntl.openat(_mount.Fd, name, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0), "openat", name);

    /// <summary>Empties the folder and fills it again.</summary>
    public void Reset()
    {
        Wipe(Data.Fd);
        Build();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Data.Dispose();
        _mount.Dispose();
    }

    private void Build()
    {
        File("file", "content");
        Check(SysStat.mkdirat(Data.Fd, "folder", 0x1ED), "mkdir");
        File("folder/inner", "inner");
        fixed (byte* target = "../../etc/passwd\0"u8, link = "link\0"u8, fifo = "fifo\0"u8)
        {
            Check(Unistd.symlinkat(target, Data.Fd, link), "symlink");
            Check(SysStat.mknodat(Data.Fd, fifo, SysStat.S_IFIFO | 0x1A4, 0), "mknod");
        }
    }

    private void File(string name, string content)
    {
        using var file = OwnedFd.FromCall(Fcntl.openat(Data.Fd, name, Fcntl.O_CREAT | Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0x1A4), "openat", name);
        var bytes = Encoding.UTF8.GetBytes(content);
        fixed (byte* start = bytes)
            Check((int)Unistd.write(file.Fd, start, (nuint)bytes.Length), "write");
    }

    // Names are the input's: any bytes.
    private void Wipe(int folder)
    {
        while (true)
        {
            _ = Unistd.lseek(folder, 0, Unistd.SEEK_SET);
            var names = Names(folder);
            if (names.Count == 0)
                return;
            foreach (var name in names)
            {
                fixed (byte* start = name)
                {
                    if (Unistd.unlinkat(folder, start, 0) == 0)
                        continue;
                    using (var child = OwnedFd.FromCall(Fcntl.openat(folder, start, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0), "openat"))
                        Wipe(child.Fd);
                    Check(Unistd.unlinkat(folder, start, Fcntl.AT_REMOVEDIR), "rmdir");
                }
            }
        }
    }

    private List<byte[]> Names(int folder)
    {
        var names = new List<byte[]>();
        fixed (byte* buffer = _entries)
        {
            var length = (int)SysSyscall.syscall(SysSyscall.SYS_getdents64, folder, (nint)buffer, _entries.Length, 0, 0, 0);
            for (var at = 0; at < length; at += Unsafe.ReadUnaligned<ushort>(buffer + at + 16))
            {
                var name = new ReadOnlySpan<byte>(buffer + at + 19, 256);
                name = name[..name.IndexOf((byte)0)];
                if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                    names.Add([.. name, 0]);
            }
        }

        return names;
    }

    private static void Check(int result, string call) => LinuxException.Check(result, call);
}
