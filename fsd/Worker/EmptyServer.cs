using System;
using System.Buffers.Binary;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Rings;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Worker;

/// <summary>Stands in for the FUSE side: answers every request with ENOSYS.</summary>
internal sealed class EmptyServer : IFileSystemServer
{
    public ServerCounters Counters => default;

    public IRequestProcessor CreateProcessor() => new Processor();

    public void AddExport(string name, ExportPolicy policy, OwnedFd root) => root.Dispose();

    public void RemoveExport(string name)
    {
    }

    public void Reset()
    {
    }

    private sealed class Processor : IRequestProcessor
    {
        public int Process(DescriptorChain chain)
        {
            Span<byte> header = stackalloc byte[40];
            if (chain.CopyFrom(0, header) < 40 || chain.WritableBytes < 16)
                return 0;
            Span<byte> reply = stackalloc byte[16];
            BinaryPrimitives.WriteInt32LittleEndian(reply, 16);
            BinaryPrimitives.WriteInt32LittleEndian(reply[4..], -38);
            header[8..16].CopyTo(reply[8..]);
            return chain.CopyTo(0, reply);
        }
    }
}
