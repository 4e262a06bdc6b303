using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using KataShimNet.Fsd.Counters;
using KataShimNet.Fsd.Rings;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Worker;

/// <summary>Follows what the keeper says of exports. Used by one thread, which may take its time: the device has a channel of its own.</summary>
/// <param name="server">Who has the exports; not owned.</param>
internal sealed class ExportChannel(IFileSystemServer server)
{
    /// <summary>Handles a request of the keeper (<see cref="ChannelServer.Handler"/>).</summary>
    /// <param name="call">The request.</param>
    /// <param name="data">Room for data of the answer.</param>
    /// <param name="length">Bytes of data.</param>
    public ulong Handle(ChannelCall call, Span<byte> data, out int length)
    {
        length = 0;
        switch (call.Operation)
        {
            case ChannelOperation.Ping:
                return 0;
            case ChannelOperation.AddExport:
                var place = server.AddExport(Encoding.UTF8.GetString(call.Payload), ExportValue.ToPolicy(call.Value), call.TakeFd());
                BinaryPrimitives.WriteInt64LittleEndian(data, place.Cookie);
                length = sizeof(long);
                return (ulong)place.Index;
            case ChannelOperation.RemoveExport:
                server.RemoveExport(Encoding.UTF8.GetString(call.Payload));
                return 0;
            case ChannelOperation.SuspendLeases:
                server.SuspendLeases();
                return 0;
            case ChannelOperation.ResumeLeases:
                server.ResumeLeases();
                return 0;
            case ChannelOperation.Status:
                var counters = server.Counters;
                ReadOnlySpan<long> numbers = [counters.Requests, counters.Inodes, counters.OpenFiles];
                MemoryMarshal.AsBytes(numbers).CopyTo(data);
                length = numbers.Length * sizeof(long);
                return 0;
            case ChannelOperation.Numbers:
                MemoryMarshal.Write(data, server.Numbers);
                length = ServerNumbers.TotalSize;
                return 0;
            case ChannelOperation.RequestNumbers:
                var records = MemoryMarshal.Cast<byte, OpcodeNumbers>(data);
                length = server.ReadRequests(call.Index, records, out var next) * OpcodeNumbers.TotalSize;
                return next;
            default:
                throw new LinuxException(Errno.ENOSYS, "export channel", call.Operation.ToString());
        }
    }
}
