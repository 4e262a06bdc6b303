using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using KataShimNet.Agent.Boot;
using KataShimNet.Agent.Modules;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Storages;

/// <summary>What CreateSandbox and CreateContainer want mounted. Counted by mount point: the first mounts, the last takes it off.</summary>
internal sealed class StorageTable(ModuleLoader modules)
{
    private const string BasePath = GuestContract.ContainersPath;

    // rwx of the group.
    private const uint GroupAll = 0x38;

    // Users of a mount point, by its normalised path. Guards itself.
    private readonly Dictionary<string, int> _users = [];

    /// <summary>Drivers that <see cref="Add"/> knows.</summary>
    public static IReadOnlyList<string> Drivers { get; } = ["virtio-fs", "ephemeral", "local", "bind", "overlayfs"];

    /// <summary>Mounts several; when one fails those before it are taken off again.</summary>
    /// <param name="storages">What to mount, in order.</param>
    /// <returns>The mount points, to give to <see cref="Remove"/>.</returns>
    /// <exception cref="TtrpcException">InvalidArgument for a driver that is not known; Internal when the kernel refuses.</exception>
    public IReadOnlyList<string> AddAll(IEnumerable<Storage> storages)
    {
        var done = new List<string>();
        try
        {
            foreach (var storage in storages)
                done.Add(Add(storage));
            return done;
        }
        catch
        {
            foreach (var point in Enumerable.Reverse(done))
                Remove(point);
            throw;
        }
    }

    /// <summary>Takes one use of a mount point away.</summary>
    /// <param name="mountPoint">As <see cref="AddAll"/> returned it.</param>
    public void Remove(string mountPoint)
    {
        lock (_users)
        {
            if (!_users.TryGetValue(mountPoint, out var count))
                return;
            if (count > 1)
            {
                _users[mountPoint] = count - 1;
                return;
            }

            _users.Remove(mountPoint);
            Mounts.Detach(mountPoint);
        }
    }

    private string Add(Storage storage)
    {
        var point = PathRules.Absolute(storage.MountPoint, "storage mount point");
        lock (_users)
        {
            if (_users.TryGetValue(point, out var count))
            {
                _users[point] = count + 1;
                return point;
            }

            try
            {
                Mount(storage, point);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new TtrpcException(StatusCode.Internal, $"storage {storage.Driver} {storage.Source}: {e.Message}", e);
            }

            _users[point] = 1;
            return point;
        }
    }

    private void Mount(Storage storage, string point)
    {
        var options = MountOptions.Parse(storage.Options);
        switch (storage.Driver)
        {
            case "virtio-fs":
                MountShare(storage, point, options);
                break;
            case "ephemeral":
                MountTmpfs(storage, point, options);
                break;
            case "local":
                MakeLocal(storage, point, options);
                break;
            case "bind":
                BindPath(storage.Source, point, options);
                break;
            case "overlayfs":
                modules.Load("overlay");
                Mounts.Mount(storage.Source, point, "overlay", options.Flags, options.Data);
                break;
            default:
                throw new TtrpcException(
                    StatusCode.InvalidArgument, $"storage driver '{storage.Driver}' is not known; known are {string.Join(", ", Drivers)}");
        }
    }

    private void MountShare(Storage storage, string point, MountOptions options)
    {
        // After the change of roots the share is there already: the kernel mounted it.
        if (MountInfo.Find(point) is { Type: "virtiofs" })
            return;
        modules.Load("virtiofs");
        Mounts.Mount(storage.Source, point, "virtiofs", options.Flags, options.Data);
    }

    private static void MountTmpfs(Storage storage, string point, MountOptions options)
    {
        options = options.Take("fsgid", out var group);
        Mounts.Mount(storage.Source.Length == 0 ? "tmpfs" : storage.Source, point, storage.Fstype.Length == 0 ? "tmpfs" : storage.Fstype, options.Flags, options.Data);
        SetGroup(point, group ?? (storage.FsGroup is { } g ? g.GroupId.ToString(CultureInfo.InvariantCulture) : null));
    }

    private static void MakeLocal(Storage storage, string point, MountOptions options)
    {
        if (!point.StartsWith(BasePath + "/", StringComparison.Ordinal))
            throw new TtrpcException(StatusCode.InvalidArgument, $"a local storage lies below {BasePath}, not at {point}");
        options = options.Take("mode", out var mode).Take("fsgid", out var group);
        Directory.CreateDirectory(point);
        if (mode is not null)
            SetMode(point, Convert.ToUInt32(mode, 8));
        SetGroup(point, group ?? (storage.FsGroup is { } g ? g.GroupId.ToString(CultureInfo.InvariantCulture) : null));
    }

    private static void BindPath(string source, string point, MountOptions options)
    {
        PathRules.Absolute(source, "storage source");
        PathRules.MakeTarget(source, point);
        Mounts.Bind(source, point, recursive: (options.Flags & SysMount.MS_REC) != 0);
        // The kernel takes the other bits only when the bind is changed afterwards (mount(2), MS_REMOUNT with MS_BIND).
        var rest = options.Flags & ~(SysMount.MS_BIND | SysMount.MS_REC);
        if (rest != 0)
            LinuxException.Check(SysMount.mount(null, point, null, rest | SysMount.MS_BIND | SysMount.MS_REMOUNT, null), "mount", $"remount of {point}");
    }

    // The group owns the directory, and what is made in it belongs to the group too (set-group-id).
    private static void SetGroup(string point, string? group)
    {
        if (group is null)
            return;
        var id = uint.Parse(group, CultureInfo.InvariantCulture);
        using var fd = OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, point, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0), "open", point);
        LinuxException.Check(Unistd.fchown(fd.Fd, uint.MaxValue, id), "fchown", point);
        LinuxException.Check(SysStat.fchmod(fd.Fd, (uint)new DirectoryInfo(point).UnixFileMode | SysStat.S_ISGID | GroupAll), "fchmod", point);
    }

    private static void SetMode(string point, uint mode)
    {
        using var fd = OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, point, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0), "open", point);
        LinuxException.Check(SysStat.fchmod(fd.Fd, mode), "fchmod", point);
    }
}
