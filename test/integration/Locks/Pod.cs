using System;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Daemons;
using KataShimNet.VhostFrontEnd.Fuse;
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
    public KataShimNet.Linux.Errno Lock(ulong owner, uint type, ulong start = 0, ulong end = long.MaxValue, bool wait = false) =>
        Fuse.SetLk(Node, Fh, owner, new FuseLock(type, start, end), wait);

    public KataShimNet.Linux.Errno Flock(uint type, bool wait = false) => Fuse.Flock(Node, Fh, type, wait);

    public void Close(ulong owner)
    {
        _ = Fuse.Flush(Node, Fh, owner);
        _ = Fuse.Release(Node, Fh);
    }
}
