using System.IO;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fsd.Locks;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Xunit;
using static KataShimNet.UnitTests.Fsd.FuseSession;

namespace KataShimNet.UnitTests.Fsd.State;

public class LockRecoveryTests
{
    [Fact]
    public void Locks_are_held_and_known_in_the_next_worker() => RunMortal(session =>
    {
        File.WriteAllText(session.Host("f"), "");
        var node = session.Lookup(1, "f").NodeId;
        var handle = session.Open(node, Fcntl.O_RDWR);
        var other = session.Open(node, Fcntl.O_RDWR);
        Ok(Lock(session, node, handle, 1, Fcntl.F_WRLCK, 0, 99));
        Ok(Lock(session, node, handle, 1, Fcntl.F_UNLCK, 40, 59));
        Ok(Lock(session, node, handle, 1, Fcntl.F_RDLCK, 200, HostLock.LastByte));
        Ok(Lock(session, node, handle, 0, Fcntl.F_WRLCK, 0, HostLock.LastByte, WireFlag.LockFlock));
        var flags = session.Server.Session.Flags;
        session.Restart(next =>
        {
            Assert.Equal(flags, next.Server.Session.Flags);
            Assert.Equal(Errno.EAGAIN, Lock(next, node, other, 2, Fcntl.F_RDLCK, 99, 99).Error);
            Ok(Lock(next, node, other, 2, Fcntl.F_WRLCK, 40, 59));
            var asked = new LkIn { Handle = other, Owner = 2, Lock = new FileLock { Start = 70, End = 300, Type = Fcntl.F_WRLCK } };
            var found = Ok(next.Call(Opcode.Getlk, node, Bytes(asked))).As<LkOut>().Lock;
            Assert.Equal((60ul, 99ul, Fcntl.F_WRLCK, 77u), (found.Start, found.End, found.Type, found.Pid));
            Assert.Equal(Errno.EAGAIN, Lock(next, node, other, 0, Fcntl.F_RDLCK, 0, HostLock.LastByte, WireFlag.LockFlock).Error);

            // What the next worker takes away is gone on the host: it has the same open file descriptions.
            Ok(Lock(next, node, handle, 1, Fcntl.F_UNLCK, 0, HostLock.LastByte));
            Ok(Lock(next, node, other, 2, Fcntl.F_WRLCK, 0, HostLock.LastByte));
            Ok(next.Call(Opcode.Release, node, Bytes(new ReleaseIn { Handle = handle })));
            Ok(Lock(next, node, other, 0, Fcntl.F_RDLCK, 0, HostLock.LastByte, WireFlag.LockFlock));
        });
    });

    [Fact]
    public void Locks_of_an_open_file_that_did_not_come_along_are_dropped() => RunMortal(session =>
    {
        File.WriteAllText(session.Host("f"), "");
        var node = session.Lookup(1, "f").NodeId;
        var handle = session.Open(node, Fcntl.O_RDWR);
        Ok(Lock(session, node, handle, 0, Fcntl.F_RDLCK, 0, HostLock.LastByte, WireFlag.LockFlock));
        session.Server.Handles.Sweep(null);
        session.Restart(next => Assert.False(next.Server.Locks.HasAny));
    });

    private static FuseReply Lock(
        FuseSession session, ulong node, ulong handle, ulong owner, uint type, ulong start, ulong end, uint flags = 0) => session.Call(
        Opcode.Setlk,
        node,
        Bytes(new LkIn
        {
            Handle = handle,
            Owner = owner,
            Lock = new FileLock { Start = start, End = end, Type = type, Pid = 77 },
            Flags = flags,
        }));
}
