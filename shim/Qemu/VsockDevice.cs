using System;
using System.IO;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Shim.Qemu;

/// <summary>An opened /dev/vhost-vsock with an address for the guest (linux/vhost.h).</summary>
internal sealed class VsockDevice : IDisposable
{
    private const string Path = "/dev/vhost-vsock";

    // _IOW(0xAF, 0x60, __u64)
    private const nuint VHOST_VSOCK_SET_GUEST_CID = 0x4008AF60;

    // 0 to 2 are the hypervisor, local traffic and the host.
    private const uint FirstCid = 3;
    private const int Attempts = 64;

    private VsockDevice(OwnedFd fd, uint guestCid)
    {
        Fd = fd;
        GuestCid = guestCid;
    }

    /// <summary>The device, for QEMU.</summary>
    public OwnedFd Fd { get; }

    /// <summary>The guest's address, held for as long as the device is open.</summary>
    public uint GuestCid { get; }

    /// <summary>Opens the device and takes a free address.</summary>
    /// <returns>Null on a host without the device.</returns>
    /// <exception cref="LinuxException">There is a device, but no address could be had.</exception>
    public static unsafe VsockDevice? TryOpen()
    {
        if (!File.Exists(Path))
            return null;
        var fd = OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, Path, Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0), "open", Path);
        for (var attempt = 1; ; attempt++)
        {
            ulong cid = (uint)Random.Shared.NextInt64(FirstCid, uint.MaxValue);
            if (SysIoctl.ioctl(fd.Fd, VHOST_VSOCK_SET_GUEST_CID, &cid) == 0)
                return new VsockDevice(fd, (uint)cid);
            var errno = LinuxException.LastErrno;
            if (errno == Errno.EADDRINUSE && attempt < Attempts)
                continue;
            fd.Dispose();
            throw new LinuxException(errno, "ioctl", "VHOST_VSOCK_SET_GUEST_CID");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Fd.Dispose();
}
