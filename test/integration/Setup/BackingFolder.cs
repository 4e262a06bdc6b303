using System;
using System.IO;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.IntegrationTests.Setup;

/// <summary>File systems that the daemon is tested on.</summary>
public enum Backing
{
    Ext4,
    Tmpfs,
}

/// <summary>An empty folder of a file system of a certain type, gone after the test.</summary>
/// <remarks>Mounts are detached ones: they are in no mount table and vanish with their descriptor, also when a test run is killed.</remarks>
public sealed unsafe class BackingFolder : IDisposable
{
    private const long Ext4Magic = 0xEF53;
    private const long TmpfsMagic = 0x01021994;

    private readonly OwnedFd? _mount;
    private readonly string? _temporary;
    private readonly LoopImage? _image;

    public BackingFolder(Backing backing)
    {
        if (backing == Backing.Ext4 && MagicOf(Published.RepositoryRoot) == Ext4Magic)
        {
            Location = _temporary = CreateFolder(Path.Combine(Published.RepositoryRoot, "artifacts", "test"));
        }
        else if (backing == Backing.Tmpfs && Published.VirtiofsdTree is not null)
        {
            // virtiofsd drops the right to enter a mount through our /proc/PID/fd.
            Location = _temporary = CreateFolder("/dev/shm/katanet-it");
        }
        else
        {
            using var context = DetachedMount.OpenFileSystem(backing == Backing.Ext4 ? "ext4" : "tmpfs");
            if (backing == Backing.Ext4)
                _image = new LoopImage();
            DetachedMount.SetString(context, "source", _image?.Device ?? "tmpfs");
            _mount = DetachedMount.Mount(context, 0);
            Location = $"/proc/{Environment.ProcessId}/fd/{_mount.Fd}";
        }

        var magic = MagicOf(Location + "/.");
        if (magic != (backing == Backing.Ext4 ? Ext4Magic : TmpfsMagic))
            throw new InvalidOperationException($"{Location} is a file system of type 0x{magic:x}, not {backing}");
    }

    /// <summary>Where it is reached, by other processes too.</summary>
    public string Location { get; }

    public void Dispose()
    {
        if (_temporary is not null)
            Directory.Delete(_temporary, recursive: true);
        _mount?.Dispose();
        _image?.Dispose();
    }

    private static string CreateFolder(string parent)
    {
        var folder = Path.Combine(parent, Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(folder);
        return folder;
    }

    private static long MagicOf(string path)
    {
        using var fd = OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, path, Fcntl.O_PATH | Fcntl.O_CLOEXEC, 0), "open", path);
        Statfs statfs;
        LinuxException.Check(SysStatfs.fstatfs(fd.Fd, &statfs), "fstatfs", path);
        return statfs.Type;
    }
}
