using System.Collections.Generic;
using KataShimNet.AgentProto.Containerd.Types;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Shim.Storage.Roots;

/// <summary>A root of several mounts: each covers the one before, or a folder of it that is its target (containerd's mount.All).</summary>
internal static class MountStack
{
    // A folder that is on every machine; covered in a mount namespace of our own alone.
    private const string Place = "/run";

    /// <summary>Builds it. Read-only is a root of which nothing can be written.</summary>
    /// <param name="mounts">The mounts, in order.</param>
    /// <exception cref="StorageException">The first is not for the root itself: there is nothing that its target could be in.</exception>
    /// <exception cref="LinuxException">The kernel refuses, or a target is not there.</exception>
    public static RootMount Build(IReadOnlyList<Mount> mounts)
    {
        if (mounts[0].Target.Length > 0)
            throw new StorageException($"the container's root begins with a mount on {mounts[0].Target}, a folder of a root that is not there yet");
        return PrivateMountNamespace.Run(SysMount.MS_PRIVATE, () =>
        {
            var readOnly = true;
            foreach (var mount in mounts)
            {
                using var one = RootMount.One(mount);
                using var place = Find(mount.Target);
                DetachedMount.Attach(one.Fd, place);
                readOnly = one.ReadOnly && (readOnly || mount.Target.Length == 0);
            }

            return new RootMount(DetachedMount.Clone(Place, recursive: true), readOnly);
        });
    }

    // As the container will see it: its root's links lead nowhere else.
    private static OwnedFd Find(string target)
    {
        using var root = OwnedFd.FromCall(
            Fcntl.openat(Fcntl.AT_FDCWD, Place, Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0), "open", Place);
        return OwnedFd.FromCall(
            Fcntl.openat2(root.Fd, target.Length == 0 ? "." : target, Fcntl.O_PATH | Fcntl.O_CLOEXEC, Fcntl.RESOLVE_IN_ROOT), "openat2", target);
    }
}
