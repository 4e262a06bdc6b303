using System;
using System.Buffers.Binary;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Modules;

/// <summary>The kernel's messages about devices (netlink(7), NETLINK_KOBJECT_UEVENT). Those sent after the socket was opened are kept for it.</summary>
internal sealed unsafe class UeventSocket : IDisposable
{
    private const int NETLINK_KOBJECT_UEVENT = 15;

    // Group of the kernel's own messages; udev uses the second.
    private const uint KernelGroup = 1;

    // struct sockaddr_nl (linux/netlink.h): u16 family, u16 zero, u32 port, u32 groups.
    private const int AddressSize = 12;

    // UEVENT_BUFFER_SIZE of linux/kobject.h, with the head line before it.
    private const int MessageSize = 4096;

    private readonly OwnedFd _fd;
    private readonly byte[] _buffer = new byte[MessageSize];

    /// <summary>Opens it.</summary>
    public UeventSocket()
    {
        _fd = OwnedFd.FromCall(
            SysSocket.socket(SysSocket.AF_NETLINK, SysSocket.SOCK_DGRAM | SysSocket.SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT), "socket", "uevents");
        var address = stackalloc byte[AddressSize];
        var span = new Span<byte>(address, AddressSize);
        span.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(span, SysSocket.AF_NETLINK);
        BinaryPrimitives.WriteUInt32LittleEndian(span[8..], KernelGroup);
        LinuxException.Check(SysSocket.bind(_fd.Fd, address, AddressSize), "bind", "uevents");
    }

    /// <summary>Waits for the next message.</summary>
    /// <param name="uevent">What it says; null when messages were lost because too many came at once.</param>
    /// <returns>False for a message that is not the kernel's or says nothing of a device.</returns>
    public bool Receive(out Uevent? uevent)
    {
        var sender = stackalloc byte[AddressSize];
        fixed (byte* bytes = _buffer)
        {
            var vector = new IoVec { Base = bytes, Length = MessageSize };
            var message = new Msghdr { Name = sender, NameLength = AddressSize, Vectors = &vector, VectorCount = 1 };
            nint count;
            while ((count = SysSocket.recvmsg(_fd.Fd, &message, 0)) < 0)
            {
                var errno = LinuxException.LastErrno;
                if (errno == Errno.ENOBUFS)
                {
                    uevent = null;
                    return true;
                }

                if (errno != Errno.EINTR)
                    throw new LinuxException(errno, "recvmsg", "uevents");
            }

            // A process may send to the group too; only the kernel has port 0.
            var fromKernel = BinaryPrimitives.ReadUInt32LittleEndian(new ReadOnlySpan<byte>(sender + 4, 4)) == 0;
            uevent = fromKernel ? Uevent.Parse(_buffer.AsSpan(0, (int)count)) : null;
            return uevent is not null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _fd.Dispose();
}
