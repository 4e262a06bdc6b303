using System;
using System.IO;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.UnitTests.Fsd;

public class FuseAllocationTests
{
    [Theory]
    [InlineData(CoherencyClass.Shared)]
    [InlineData(CoherencyClass.Private)]
    public void The_frequent_requests_allocate_nothing(CoherencyClass coherency) => FuseSession.RunExport(coherency, false, (session, root) =>
    {
        File.WriteAllBytes(session.Host("a"), new byte[8192]);
        var node = session.Lookup(root, "a").NodeId;
        var handle = session.Open(node, Fcntl.O_RDWR);
        var directory = session.Open(root, 0, directory: true);
        AssertNone(session, Opcode.Lookup, root, FuseSession.Name("a"), 4096);
        AssertNone(session, Opcode.Getattr, node, FuseSession.Bytes(default(GetattrIn)), 4096);
        AssertNone(session, Opcode.Read, node, FuseSession.Bytes(new ReadIn { Handle = handle, Count = 4096 }), 4112);
        AssertNone(session, Opcode.Write, node, [.. FuseSession.Bytes(new WriteIn { Handle = handle, Count = 4096 }), .. new byte[4096]], 64);
        AssertNone(session, Opcode.Readdirplus, root, FuseSession.Bytes(new ReadIn { Handle = directory, Count = 4000 }), 4096);
        AssertNone(session, Opcode.Setattr, node, FuseSession.Bytes(new SetattrIn { Valid = SetattrFlag.Mode, Mode = 0x1a4 }), 4096);
    });

    private static void AssertNone(FuseSession session, Opcode opcode, ulong node, byte[] arguments, int room)
    {
        session.Prepare(opcode, node, arguments, room);
        Assert.True(session.Process() > OutHeader.Size, $"{opcode} failed");
        for (var i = 0; i < 200; i++)
            session.Process();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            session.Process();
        Assert.True(GC.GetAllocatedBytesForCurrentThread() == before, $"{opcode} allocates");
    }
}
