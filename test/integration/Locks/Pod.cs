using System;
using System.Threading.Tasks;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Daemons;
using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.Rings;
using KataShimNet.VhostFrontEnd.VhostUser;

namespace KataShimNet.IntegrationTests.Locks;

/// <summary>Another pod that has the same folder: a daemon of its own and a guest.</summary>
internal sealed class Pod : IDisposable
{
    private readonly FsdDaemon _daemon;

    public Pod(Share share)
    {
        _daemon = FsdDaemon.Start(Published.Fsd);
        _daemon.AddExportAsync("e", share.At(""), CoherencyClass.Shared).Wait();
        Fuse = _daemon.StartDevice(new FrontEndOptions());
        LeakCheck.Watch(_daemon.Process);
    }

    public FuseClient Fuse { get; }

    public LockFile Open(string name)
    {
        var root = Fuse.Lookup(FuseValues.RootId, "e").Value.NodeId;
        return new LockFile(Fuse, Fuse.Lookup(root, name).Value.NodeId);
    }

    public void Dispose() => _daemon.Dispose();
}

/// <summary>An open file of a guest.</summary>
internal sealed class LockFile(FuseClient fuse, ulong node, int flags = Fcntl.O_RDWR)
{
    public FuseClient Fuse { get; } = fuse;

    public ulong Node { get; } = node;

    public ulong Fh { get; } = fuse.Open(node, flags).Value.Fh;

    /// <summary>POSIX lock of an owner.</summary>
    public Errno Lock(ulong owner, uint type, ulong start = 0, ulong end = long.MaxValue, bool wait = false) =>
        Fuse.SetLk(Node, Fh, owner, new FuseLock(type, start, end), wait);

    public Errno Flock(uint type, bool wait = false) => Fuse.Flock(Node, Fh, type, wait);

    /// <summary>Sends a request that will wait. It is in the ring when this returns, so the daemon has it before any later one of the queue.</summary>
    public Task<Errno> Wait(ulong owner, uint type, ulong start = 0, ulong end = long.MaxValue) =>
        Send(Fuse.LockArguments(Fh, owner, new FuseLock(type, start, end), flock: false));

    /// <summary>The same for flock(2).</summary>
    public Task<Errno> WaitFlock(uint type) => Send(Fuse.LockArguments(Fh, ~Fh, new FuseLock(type), flock: true));

    /// <summary>Sends SETLKW.</summary>
    public Task<Errno> Send(byte[] arguments, ulong? unique = null)
    {
        var (pending, memory) = Post(arguments, unique);
        var device = Fuse.Session.FrontEnd;
        return Task.Factory.StartNew(
            () => device.Queues[Fuse.Queue].TryWait(pending, device.Options.Timeout)
                ? (Errno)(-BitConverter.ToInt32(device.Memory.Span(memory + 4, 4)))
                : throw new TimeoutException("SETLKW was not answered"),
            TaskCreationOptions.LongRunning);
    }

    /// <summary>Sends SETLKW, for whose answer nobody waits.</summary>
    public (PendingRequest Pending, ulong Reply) Post(byte[] arguments, ulong? unique = null)
    {
        var device = Fuse.Session.FrontEnd;
        var request = Fuse.Request(FuseOpcode.SetLkw, Node, arguments, unique);
        var memory = device.Memory.Allocate(4096);
        request.CopyTo(device.Memory.Span(memory, request.Length));
        var pending = device.Queues[Fuse.Queue].Submit(
            [new(memory, (uint)request.Length, false), new(memory + 2048, FuseClient.OutHeaderSize, true)]);
        return (pending, memory + 2048);
    }

    public void Close(ulong owner)
    {
        _ = Fuse.Flush(Node, Fh, owner);
        _ = Fuse.Release(Node, Fh);
    }
}
