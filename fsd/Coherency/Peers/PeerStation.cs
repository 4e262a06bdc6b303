using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Coherency.Guard;
using KataShimNet.Fsd.Coherency.Sizes;
using KataShimNet.Fsd.Dax;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Coherency.Peers;

/// <summary>What a keeper has to do with the other daemons of its node: made before seccomp, for it listens and connects.</summary>
internal sealed class PeerStation : IDisposable
{
    /// <summary>Channels of a worker: changes of mapped files that it can make at once.</summary>
    public const int Channels = 3;

    private const int ChannelStackBytes = 256 * 1024;

    private readonly NodeTable _node;
    private readonly MapTable _maps;
    private readonly OwnedFd _marksFile;
    private readonly CutMarks _marks;
    private readonly OwnedFd _opensFile;
    private readonly OpenFiles _opens;
    private readonly SizeNews _sizes;
    private readonly PeerMesh _mesh;
    // Of its own: what is asked there waits for a guest, and a guest may wait for what is asked on the other.
    private readonly PeerMesh _sizesMesh;
    private readonly string _directory;
    private readonly string[] _sockets;
    private readonly int _slot;
    private volatile GuestSizes? _guest;
    private volatile IMappedFiles? _window;

    private PeerStation(DaemonRegistration registration, ILogger logger)
    {
        _directory = registration.Directory;
        _slot = registration.Daemon;
        _node = NodeTable.ForKeeper(registration);
        _maps = MapTable.Open(Path.Combine(_directory, MapTable.FileName));
        _maps.ForgetDaemon(_slot);
        _marksFile = CutMarks.OpenFile(Path.Combine(_directory, CutMarks.FileName));
        _marks = CutMarks.Map(_marksFile.Duplicate());
        _opensFile = OpenFiles.OpenFile(Path.Combine(_directory, OpenFiles.FileName));
        _opens = OpenFiles.Map(_opensFile.Duplicate(), _slot);
        var name = NodeTableForm.SocketName(_slot);
        _sockets = [Path.Combine(_directory, name), SizesSocketOf(Path.Combine(_directory, name))];
        var listener = PeerSocket.Listen(_sockets[0]);
        var sizesListener = PeerSocket.Listen(_sockets[1]);
        registration.SetSocketName(name);
        var members = new NodeMembers(_node, _directory);
        var links = new PeerLinks();
        Cuts = new FileCuts(_maps, _marks, members, links, () => _window, logger, FileCuts.DefaultLimit);
        _mesh = PeerMesh.Join(members, listener, links, Cuts, logger);
        var sizesLinks = new PeerLinks();
        _sizes = new SizeNews(_opens, members, sizesLinks, () => _guest, logger);
        _sizesMesh = PeerMesh.Join(members, sizesListener, sizesLinks, _sizes, logger, SizesSocketOf);
    }

    /// <summary>Changes of the size of files that guests map.</summary>
    public FileCuts Cuts { get; }

    /// <summary>Joins the other daemons; <see cref="Start"/> has to follow.</summary>
    /// <param name="registration">This one's place among them; not owned.</param>
    /// <param name="logger">Log.</param>
    /// <exception cref="LinuxException">A file of the directory is another version's, or the kernel refused.</exception>
    public static PeerStation Join(DaemonRegistration registration, ILogger logger) => new(registration, logger);

    /// <summary>Begins to answer other daemons. After the keeper has given up what it does not need: the thread has what is left.</summary>
    public void Start()
    {
        _mesh.Start();
        _sizesMesh.Start();
    }

    /// <summary>Sets the way to our guest.</summary>
    /// <param name="guest">The way; not owned.</param>
    public void UseGuest(GuestSizes guest) => _guest = guest;

    /// <summary>Sets what our guest maps.</summary>
    /// <param name="window">The window; not owned.</param>
    /// <param name="guard">The guard against processes of the host, or null; not owned.</param>
    public void UseWindow(DaxWindow window, TruncationGuard? guard)
    {
        window.Sharing = new SharedMaps(Cuts, guard);
        _window = window;
    }

    /// <summary>The descriptors of <see cref="WorkerCuts"/> for a new worker; what the last one was about to do alone is forgotten.</summary>
    /// <returns>The table to read, the marks, and the channels; the caller's.</returns>
    /// <exception cref="LinuxException">There are no descriptors left.</exception>
    public IReadOnlyList<OwnedFd> ServeWorker()
    {
        _marks.ClearAll(_slot);
        List<OwnedFd> fds =
        [
            // An open file of its own, for the lock of the keeper's must not live on in a worker.
            OwnedFd.FromCall(
                Fcntl.openat(Fcntl.AT_FDCWD, Path.Combine(_directory, MapTable.FileName), Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0), "open", MapTable.FileName),
            _marksFile.Duplicate(),
        ];
        for (var i = 0; i < Channels; i++)
            fds.Add(ServeCuts());
        fds.Add(_opensFile.Duplicate());
        fds.Add(ServeSizes());
        // Of its own: news of the host do not wait for guests of other daemons.
        fds.Add(ServeSizes());
        return fds;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _mesh.Dispose();
        _sizesMesh.Dispose();
        _maps.ForgetDaemon(_slot);
        _maps.Dispose();
        _marks.Dispose();
        _marksFile.Dispose();
        _opens.Dispose();
        _opensFile.Dispose();
        _node.Dispose();
        foreach (var socket in _sockets)
            SocketFile.Remove(socket);
    }

    private static string SizesSocketOf(string path) => Path.ChangeExtension(path, NodeTableForm.SizesExtension);

    // A thread for each, since each waits for other daemons.
    private OwnedFd ServeCuts()
    {
        var door = new CutDoor(Cuts);
        return Serve("cuts", door.Handle, door);
    }

    private OwnedFd ServeSizes() => Serve("sizes", _sizes.Handle, null);

    private static OwnedFd Serve(string name, ChannelServer.Handler handler, IDisposable? door)
    {
        var (ours, theirs) = FdSocket.CreatePair(SysSocket.SOCK_SEQPACKET);
        var server = new ChannelServer(ours, handler);
        new Thread(
            () =>
            {
                using (server)
                using (door)
                    server.Run();
            },
            ChannelStackBytes)
        { IsBackground = true, Name = name }.Start();
        return theirs;
    }
}
