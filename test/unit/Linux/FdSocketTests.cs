using System.Collections.Generic;
using System.IO;
using System.Linq;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.UnitTests.Linux;

public sealed class FdSocketTests
{
    [Fact]
    public void ADescriptorArrivesWithItsBytes()
    {
        var (left, right) = FdSocket.CreatePair(SysSocket.SOCK_SEQPACKET);
        using var sender = new FdSocket(left);
        using var receiver = new FdSocket(right);
        using var counter = new EventFd();
        sender.Send("hello"u8, [counter.Fd]);

        var fds = new List<OwnedFd>();
        var buffer = new byte[16];
        Assert.Equal(5, receiver.Receive(buffer, fds));
        Assert.Equal("hello"u8.ToArray(), buffer[..5]);
        using var twin = new EventFd(Assert.Single(fds));
        twin.Signal();
        Assert.Equal(1ul, counter.Wait());
    }

    [Fact]
    public void ReceivedDescriptorsCloseOnExec()
    {
        var (left, right) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
        using var sender = new FdSocket(left);
        using var receiver = new FdSocket(right);
        sender.Send([1], [sender.Fd, sender.Fd]);
        var fds = new List<OwnedFd>();
        Assert.True(receiver.ReceiveExactly(new byte[1], fds));
        Assert.Equal(2, fds.Count);
        Assert.All(fds, fd => Assert.Equal(Fcntl.FD_CLOEXEC, Fcntl.fcntl(fd.Fd, Fcntl.F_GETFD, 0)));
        fds.ForEach(fd => fd.Dispose());
    }

    [Fact]
    public void APacketLongerThanTheBufferIsAnErrorAndLeaksNothing()
    {
        var (left, right) = FdSocket.CreatePair(SysSocket.SOCK_SEQPACKET);
        using var sender = new FdSocket(left);
        using var receiver = new FdSocket(right);
        sender.Send(new byte[100], [sender.Fd]);
        var fds = new List<OwnedFd>();
        var error = Assert.Throws<LinuxException>(() => receiver.Receive(new byte[10], fds));
        Assert.Equal(Errno.EBADMSG, error.Errno);
        Assert.Single(fds).Dispose();
    }

    [Fact]
    public void AClosedPeerIsZeroBytesAtAMessagesStartAndAnErrorInside()
    {
        var (left, right) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
        using var receiver = new FdSocket(right);
        using (var sender = new FdSocket(left))
            sender.Send([1, 2]);
        Assert.Throws<LinuxException>(() => receiver.ReceiveExactly(new byte[3], []));
        Assert.False(receiver.ReceiveExactly(new byte[3], []));
    }

    [Fact]
    public void SendingToAClosedPeerIsEpipeNotASignal()
    {
        var (left, right) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
        using var sender = new FdSocket(left);
        right.Dispose();
        Assert.Equal(Errno.EPIPE, Assert.Throws<LinuxException>(() => sender.Send([1])).Errno);
    }

    [Fact]
    public void AnOwnerClosesItsDescriptor()
    {
        var before = OpenFds();
        var (left, right) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
        var copy = left.Duplicate();
        var numbers = new[] { left.Fd, right.Fd, copy.Fd };
        left.Dispose();
        right.Dispose();
        copy.Dispose();
        Assert.Empty(numbers.Intersect(OpenFds()).Except(before));
    }

    private static HashSet<int> OpenFds() =>
        Directory.GetFiles("/proc/self/fd").Select(p => int.Parse(Path.GetFileName(p), System.Globalization.CultureInfo.InvariantCulture)).ToHashSet();
}
