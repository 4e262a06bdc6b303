using System.Collections.Generic;

namespace KataShimNet.TestGuest.Shares;

/// <summary>A folder of the host that a test guest sees, and what serves it.</summary>
/// <param name="Folder">The folder on the host.</param>
public abstract record GuestShare(string Folder)
{
    /// <summary>Where it is mounted in the guest.</summary>
    public string MountPoint { get; init; } = "/mnt/test";

    /// <summary>Options of the guest's mount, such as <c>dax=inode</c>; none when empty.</summary>
    public string MountOptions { get; init; } = "";

    /// <summary>Request queues of the device (virtiofsd 1.14 has one).</summary>
    public int Queues { get; init; } = 1;

    /// <summary>Descriptors per queue, a power of two up to 1024.</summary>
    public int QueueSize { get; init; } = 1024;

    /// <summary>Whether the device's queues are packed virtqueues (virtiofsd 1.14 has none).</summary>
    public bool Packed { get; init; }

    /// <summary>
    /// Size of the DAX window of katanet-fsd, such as <c>128M</c>; null for none. With one the device is QEMU's generic vhost-user device,
    /// with one request queue, and the guest mounts with <c>dax=inode</c>.
    /// </summary>
    public string? DaxWindow { get; init; }

    /// <summary>Whether <see cref="Machines.GuestMachine"/> mounts it; otherwise a script in the guest does, by its <see cref="RunningShare.Tag"/>.</summary>
    public bool Mounted { get; init; } = true;

    /// <summary>Starts what serves it.</summary>
    /// <param name="tag">Name of the device in the guest.</param>
    /// <param name="tree">Root of the node's tree, for programs.</param>
    /// <param name="descriptor">Number under which QEMU inherits a descriptor, when the share has one for it.</param>
    internal abstract RunningShare Start(string tag, string tree, int descriptor);
}

/// <summary>A share of katanet-fsd, stand-alone.</summary>
/// <param name="Program">Path of katanet-fsd.</param>
/// <param name="Folder">The folder on the host.</param>
/// <param name="Options">More options, such as <c>--cache=never</c>.</param>
public sealed record FsdShare(string Program, string Folder, params IReadOnlyList<string> Options) : GuestShare(Folder)
{
    internal override RunningShare Start(string tag, string tree, int descriptor) => VhostUserShare.Start(this, tag, Program, [], Options);
}

/// <summary>A share of katanet-fsd as the shim starts it: empty, until exports are added by <see cref="RunningShare.Control"/>.</summary>
/// <param name="Program">Path of katanet-fsd.</param>
/// <param name="Options">More options.</param>
public sealed record ExportShare(string Program, params IReadOnlyList<string> Options) : GuestShare("")
{
    internal override RunningShare Start(string tag, string tree, int descriptor) => ControlledShare.Start(this, tag, descriptor);
}

/// <summary>A share of the node tree's virtiofsd, without its sandbox: in a tree of its own it finds no mounts.</summary>
/// <param name="Folder">The folder on the host.</param>
/// <param name="Options">More options, such as <c>--cache=never</c>.</param>
public sealed record VirtiofsdShare(string Folder, params IReadOnlyList<string> Options) : GuestShare(Folder)
{
    internal override RunningShare Start(string tag, string tree, int descriptor) => VhostUserShare.Start(
        this,
        tag,
        $"{tree}/lib64/ld-linux-x86-64.so.2",
        ["--library-path", $"{tree}/usr/lib/x86_64-linux-gnu", $"{tree}/usr/libexec/virtiofsd", "--sandbox=none", "--log-level=warn"],
        Options);
}

/// <summary>A share of QEMU's own virtio-9p. Needs a guest kernel that has 9p (Debian's generic one, not the cloud one).</summary>
/// <param name="Folder">The folder on the host.</param>
/// <param name="Options">More properties of <c>-fsdev local</c>.</param>
public sealed record NinePShare(string Folder, params IReadOnlyList<string> Options) : GuestShare(Folder)
{
    internal override RunningShare Start(string tag, string tree, int descriptor) => new()
    {
        Tag = tag,
        MountPoint = MountPoint,
        Mount = Mounted ? $"mount -t 9p -o trans=virtio,version=9p2000.L,msize=1048576{(MountOptions.Length > 0 ? "," : "")}{MountOptions} {tag} {MountPoint}" : "",
        Arguments =
        [
            "-fsdev", string.Join(',', [$"local,id={tag},path={Folder},security_model=passthrough", .. Options]),
            "-device", $"virtio-9p-pci,fsdev={tag},mount_tag={tag}",
        ],
    };
}
