using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Linux.Netlink;

/// <summary>Takes one message of an answer.</summary>
/// <param name="type">RTM_ number.</param>
/// <param name="payload">What follows the header.</param>
public delegate void NetlinkReceiver(ushort type, ReadOnlySpan<byte> payload);

/// <summary>
/// A socket to rtnetlink(7), or to another part of the kernel (netlink(7)), of the network namespace that its opener was in, whoever uses it
/// later. The kernel answers within the call, so nothing here waits.
/// </summary>
public sealed unsafe class NetlinkSocket : IDisposable
{
    // The kernel fills at most 32 KiB per datagram of a dump.
    private const int BufferSize = 64 * 1024;

    // A table that changes all the time is read as it comes in the end.
    private const int DumpAttempts = 8;

    private readonly OwnedFd _fd;
    private readonly Lock _gate = new();
    private readonly byte[] _buffer = new byte[BufferSize]; // Guarded by _gate.
    private uint _sequence;                                 // Guarded by _gate.

    /// <summary>Opens a socket in the calling thread's network namespace.</summary>
    /// <param name="protocol">NETLINK_ number: which part of the kernel.</param>
    /// <exception cref="LinuxException">There is none to be had.</exception>
    public NetlinkSocket(int protocol = LinuxNetlink.NETLINK_ROUTE)
    {
        _fd = OwnedFd.FromCall(
            SysSocket.socket(SysSocket.AF_NETLINK, SysSocket.SOCK_RAW | SysSocket.SOCK_CLOEXEC, protocol), "socket", $"AF_NETLINK, {protocol}");
        // Kernels without one of these answer a little less well, and correctly.
        _ = SetOption(LinuxNetlink.NETLINK_EXT_ACK, 1);
        _ = SetOption(LinuxNetlink.NETLINK_CAP_ACK, 1);
        _ = SetOption(LinuxNetlink.NETLINK_GET_STRICT_CHK, 1);
    }

    /// <summary>Runs a request and waits for its acknowledgement.</summary>
    /// <param name="request">The request.</param>
    /// <param name="operation">What it does, for the error.</param>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public void Execute(NetlinkWriter request, string operation)
    {
        lock (_gate)
        {
            Send(request, LinuxNetlink.NLM_F_ACK, operation);
            Receive(operation, static (_, _) => { });
        }
    }

    /// <summary>Reads a table.</summary>
    /// <param name="request">A get request; its kind decides which table.</param>
    /// <param name="operation">What it reads, for the error.</param>
    /// <param name="begin">Called before the first message, again when the table changed while it was read.</param>
    /// <param name="receiver">Gets each message.</param>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public void Dump(NetlinkWriter request, string operation, Action begin, NetlinkReceiver receiver)
    {
        ArgumentNullException.ThrowIfNull(begin);
        lock (_gate)
        {
            for (var attempt = 1; ; attempt++)
            {
                begin();
                Send(request, LinuxNetlink.NLM_F_DUMP, operation);
                if (!Receive(operation, receiver) || attempt == DumpAttempts)
                    return;
            }
        }
    }

    /// <summary>Runs requests to netfilter that are done as a whole or not at all, and waits for the acknowledgement of each.</summary>
    /// <param name="subsystem">NFNL_SUBSYS_ number: which part of netfilter.</param>
    /// <param name="requests">The requests; few enough for one datagram.</param>
    /// <param name="operation">What they do, for the error.</param>
    /// <exception cref="NetlinkException">The kernel refused one of them, and none is done.</exception>
    public void ExecuteBatch(ushort subsystem, IReadOnlyList<NetlinkWriter> requests, string operation)
    {
        ArgumentNullException.ThrowIfNull(requests);
        lock (_gate)
        {
            var first = _sequence + 1;
            var batch = new List<byte>();
            batch.AddRange(BatchEdge(LinuxNetfilter.NFNL_MSG_BATCH_BEGIN, subsystem).Finish(++_sequence, 0));
            foreach (var request in requests)
                batch.AddRange(request.Finish(++_sequence, LinuxNetlink.NLM_F_ACK));
            var last = _sequence;
            batch.AddRange(BatchEdge(LinuxNetfilter.NFNL_MSG_BATCH_END, subsystem).Finish(++_sequence, 0));
            Write(CollectionsMarshal.AsSpan(batch), operation);
            // The begin is answered only where it is refused, the end never.
            for (var answered = first; answered != last;)
                answered = ReceiveAnswers(first, answered, operation);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _fd.Dispose();

    private static NetlinkWriter BatchEdge(ushort type, ushort subsystem) =>
        new NetlinkWriter(type).Struct(new NetfilterMessage { Resource = BinaryPrimitives.ReverseEndianness(subsystem) });

    private int SetOption(int name, int value) => SysSocket.setsockopt(_fd.Fd, LinuxNetlink.SOL_NETLINK, name, &value, sizeof(int));

    private void Send(NetlinkWriter request, ushort flags, string operation)
    {
        Write(request.Finish(++_sequence, flags), operation);
    }

    private void Write(ReadOnlySpan<byte> message, string operation)
    {
        fixed (byte* bytes = message)
        {
            // A netlink socket that is not connected sends to port 0, the kernel.
            if (Unistd.write(_fd.Fd, bytes, (nuint)message.Length) < 0)
                throw new NetlinkException(LinuxException.LastErrno, operation);
        }
    }

    // True when the table changed while it was dumped.
    private bool Receive(string operation, NetlinkReceiver receiver)
    {
        var interrupted = false;
        while (true)
        {
            var rest = ReceiveDatagram(operation);
            while (MemoryMarshal.TryRead(rest, out NetlinkHeader header)
                && header.Length >= NetlinkHeader.TotalSize && header.Length <= rest.Length)
            {
                var payload = rest[NetlinkHeader.TotalSize..(int)header.Length];
                rest = rest[Math.Min(rest.Length, ((int)header.Length + 3) & ~3)..];
                // What is left of an earlier request that ended in an error.
                if (header.Sequence != _sequence)
                    continue;
                interrupted |= (header.Flags & LinuxNetlink.NLM_F_DUMP_INTR) != 0;
                if (header.Type is LinuxNetlink.NLMSG_ERROR or LinuxNetlink.NLMSG_DONE)
                {
                    ThrowIfRefused(header, payload, operation);
                    return interrupted;
                }

                receiver(header.Type, payload);
            }
        }
    }

    // Takes one datagram of answers to a batch; returns the number of the last request that has been acknowledged.
    private uint ReceiveAnswers(uint first, uint answered, string operation)
    {
        var rest = ReceiveDatagram(operation);
        while (MemoryMarshal.TryRead(rest, out NetlinkHeader header)
            && header.Length >= NetlinkHeader.TotalSize && header.Length <= rest.Length)
        {
            var payload = rest[NetlinkHeader.TotalSize..(int)header.Length];
            rest = rest[Math.Min(rest.Length, ((int)header.Length + 3) & ~3)..];
            if (header.Type != LinuxNetlink.NLMSG_ERROR || header.Sequence < first || header.Sequence > _sequence)
                continue;
            ThrowIfRefused(header, payload, operation);
            answered = header.Sequence;
        }

        return answered;
    }

    private ReadOnlySpan<byte> ReceiveDatagram(string operation)
    {
        fixed (byte* bytes = _buffer)
        {
            nint count;
            while ((count = Unistd.read(_fd.Fd, bytes, BufferSize)) < 0)
            {
                var errno = LinuxException.LastErrno;
                if (errno != Errno.EINTR)
                    throw new NetlinkException(errno, operation);
            }

            return _buffer.AsSpan(0, (int)count);
        }
    }

    // struct nlmsgerr: −errno, the request's header, the request itself unless capped, attributes. NLMSG_DONE: −errno, attributes.
    private static void ThrowIfRefused(NetlinkHeader header, ReadOnlySpan<byte> payload, string operation)
    {
        if (!MemoryMarshal.TryRead(payload, out int error) || error == 0)
            return;
        var text = "";
        if ((header.Flags & LinuxNetlink.NLM_F_ACK_TLVS) != 0)
        {
            var skip = sizeof(int);
            if (header.Type == LinuxNetlink.NLMSG_ERROR && MemoryMarshal.TryRead(payload[skip..], out NetlinkHeader request))
                skip += (header.Flags & LinuxNetlink.NLM_F_CAPPED) != 0 ? NetlinkHeader.TotalSize : (int)((request.Length + 3) & ~3u);
            var attributes = new NetlinkAttributes(payload[Math.Min(skip, payload.Length)..]);
            while (attributes.Next())
            {
                if (attributes.Type == LinuxNetlink.NLMSGERR_ATTR_MSG)
                    text = attributes.AsText();
            }
        }

        throw new NetlinkException((Errno)(-error), operation, text);
    }
}
