using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using System.Threading;
using KataShimNet.Fsd.Coherency.Guard;
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
    private readonly PeerMesh _mesh;
    private readonly string _directory;
    private readonly string _socket;
    private readonly int _slot;
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
        var name = string.Create(CultureInfo.InvariantCulture, $"peer-{_slot}.sock");
        _socket = Path.Combine(_directory, name);
        var listener = PeerSocket.Listen(_socket);
        registration.SetSocketName(name);
        var members = new NodeMembers(_node, _directory);
        var links = new PeerLinks();
        Cuts = new FileCuts(_maps, _marks, members, links, () => _window, logger, FileCuts.DefaultLimit);
        _mesh = PeerMesh.Join(members, listener, links, Cuts, logger);
    }

    /// <summary>Changes of the size of files that guests map.</summary>
    public FileCuts Cuts { get; }

    /// <summary>Joins the other daemons; <see cref="Start"/> has to follow.</summary>
    /// <param name="registration">This one's place among them; not owned.</param>
    /// <param name="logger">Log.</param>
    /// <exception cref="LinuxException">A file of the directory is another version's, or the kernel refused.</exception>
    public static PeerStation Join(DaemonRegistration registration, ILogger logger) => new(registration, logger);

    /// <summary>Begins to answer other daemons. After the keeper has given up what it does not need: the thread has what is left.</summary>
    public void Start() => _mesh.Start();

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
            fds.Add(ServeChannel());
        return fds;
    }

    /// <inheritdoc/>
    public unsafe void Dispose()
    {
        _mesh.Dispose();
        _maps.ForgetDaemon(_slot);
        _maps.Dispose();
        _marks.Dispose();
        _marksFile.Dispose();
        _node.Dispose();
        // Not by File.Delete, whose unlink(2) the keeper may not call.
        fixed (byte* name = Encoding.UTF8.GetBytes(_socket + '\0'))
            _ = Unistd.unlinkat(Fcntl.AT_FDCWD, name, 0);
    }

    // A thread for each, since each waits for other daemons.
    private OwnedFd ServeChannel()
    {
        var (ours, theirs) = FdSocket.CreatePair(SysSocket.SOCK_SEQPACKET);
        var door = new CutDoor(Cuts);
        var server = new ChannelServer(ours, door.Handle);
        new Thread(
            () =>
            {
                using (server)
                using (door)
                    server.Run();
            },
            ChannelStackBytes)
        { IsBackground = true, Name = "cuts" }.Start();
        return theirs;
    }
}
