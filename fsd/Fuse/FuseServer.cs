using System;
using System.Collections.Generic;
using System.Text;
using System.Threading;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Coherency;
using KataShimNet.Fsd.Coherency.Peers;
using KataShimNet.Fsd.Counters;
using KataShimNet.Fsd.Dax;
using KataShimNet.Fsd.Exports;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fsd.Inodes;
using KataShimNet.Fsd.Locks;
using KataShimNet.Fsd.Rings;
using KataShimNet.Fsd.State;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KataShimNet.Fsd.Fuse;

/// <summary>
/// The FUSE side of the daemon: exports, inodes and open files, shared by all queues. In one form exports appear below a synthetic
/// root; in the other a single directory is the root.
/// </summary>
/// <remarks>
/// Lock order: none is held while another is taken, and none over a system call. Descriptors that requests use are pinned, so
/// an export can be removed while queues run: the last one to let go closes.
/// </remarks>
internal sealed class FuseServer : IFileSystemServer, IDisposable
{
    /// <summary>Node id of the root (FUSE_ROOT_ID).</summary>
    public const ulong RootId = 1;

    private static readonly TimeSpan s_removalLimit = TimeSpan.FromSeconds(10);

    private readonly Export? _served;
    // Guards the list and the count of processors that are gone.
    private readonly Lock _processorsLock = new();
    private readonly List<RequestProcessor> _processors = [];
    private long _retiredRequests;
    private readonly RequestCounters _retired = new();
    // The tables are a dead worker's and were not taken up yet: no queue runs.
    private bool _recovers;
    private bool _disposed;

    /// <summary>Serves exports below a synthetic root.</summary>
    /// <param name="options">What holds for the whole device.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="procFd">/proc/self/fd, owned from here on; null opens it.</param>
    /// <param name="tables">Files of the tables, owned from here on; without them, new ones are made.</param>
    /// <param name="budget">How many descriptors it may have; null is what the process may.</param>
    /// <param name="coherence">What other daemons of the node do, owned from here on; null: nobody knows, so nothing of shared exports is kept.</param>
    public FuseServer(
        ServingOptions options, ILogger? logger = null, ProcFd? procFd = null, TableFiles? tables = null, DescriptorBudget? budget = null, Coherence? coherence = null)
    {
        Coherence = coherence;
        HasFineTimes = ModificationMark.KernelHasFineTimes;
        ProcFd = procFd ?? new ProcFd();
        Options = options;
        Uids = IdMap.Parse(options.TranslateUid);
        Gids = IdMap.Parse(options.TranslateGid);
        Xattrs = XattrMap.Parse(options.XattrMap);
        Log = new FuseLog(logger ?? NullLogger.Instance);
        tables ??= TableFiles.Create();
        budget ??= DescriptorBudget.OfProcess();
        Inodes = new InodeTable(Exports, tables.Inodes, tables.Mounts, budget, options.FileHandles);
        Handles = new HandleTable(Exports, tables.Handles, budget) { Coherence = coherence };
        ProcFd.Relieve = Inodes.Relieve;
        _recovers = Inodes.WasMapped;
        SlowCalls = new SlowCalls(this);
        Aside = new RequestsAside(this);
        if (!_recovers)
            coherence?.Begin();
        Locks = new LockTable(Exports, ProcFd, tables.Locks, tables.Ranges, new LockLimits());
        Session = new NegotiatedSession(tables.Session);
    }

    /// <summary>Serves one directory as the root, as virtiofsd does with <c>--shared-dir</c>.</summary>
    /// <param name="root">The directory; the server owns it from here on.</param>
    /// <param name="options">How it is served.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="procFd">/proc/self/fd, owned from here on; null opens it.</param>
    /// <param name="tables">Files of the tables, owned from here on; without them, new ones are made.</param>
    /// <param name="budget">How many descriptors it may have; null is what the process may.</param>
    /// <param name="coherence">As for the other form.</param>
    /// <exception cref="LinuxException">ENOTDIR when it is no directory.</exception>
    public FuseServer(
        OwnedFd root, ServingOptions options, ILogger? logger = null, ProcFd? procFd = null, TableFiles? tables = null, DescriptorBudget? budget = null, Coherence? coherence = null)
        : this(options, logger, procFd, tables, budget, coherence)
    {
        _served = Exports.Reserve([], "", ServingPolicy.Of(options), root);
        DaxFileSystem.Settle(_served, options);
        if (!_recovers)
            AddRoot(_served, "", directoryOnly: true);
    }

    /// <summary>What holds for the whole device.</summary>
    public ServingOptions Options { get; }

    /// <summary>User ids of guest and host; null when they are the same.</summary>
    public IdMap? Uids { get; }

    /// <summary>Group ids of guest and host; null when they are the same.</summary>
    public IdMap? Gids { get; }

    /// <summary>Names of extended attributes of guest and host; null when they are the same.</summary>
    public XattrMap? Xattrs { get; }

    /// <summary>The exports.</summary>
    public ExportTable Exports { get; } = new();

    /// <summary>The inodes.</summary>
    public InodeTable Inodes { get; }

    /// <summary>The open files.</summary>
    public HandleTable Handles { get; }

    /// <summary>/proc/self/fd.</summary>
    public ProcFd ProcFd { get; }

    /// <summary>Threads for what may block for long.</summary>
    public SlowCalls SlowCalls { get; }

    /// <summary>Requests that wait for other daemons.</summary>
    public RequestsAside Aside { get; }

    /// <summary>Changes of the size of files that guests map; null where no daemon of the node has a DAX window. Owned.</summary>
    public WorkerCuts? Cuts { get; private set; }

    /// <summary>The thread that asks for mappings; null when there is no DAX window.</summary>
    public MappingCalls? Mappings { get; private set; }

    /// <summary>What the node's other daemons do; null when nobody knows.</summary>
    public Coherence? Coherence { get; }

    /// <summary>Whether the kernel's file times are exact once somebody has looked (Linux 6.13).</summary>
    public bool HasFineTimes { get; }

    /// <summary>The guest's locks.</summary>
    public LockTable Locks { get; }

    /// <summary>Log lines.</summary>
    public FuseLog Log { get; }

    /// <summary>What INIT settled.</summary>
    public NegotiatedSession Session { get; }

    /// <summary>When the synthetic root changed last, in seconds since 1970.</summary>
    public long RootChanged { get; private set; } = DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    /// <inheritdoc/>
    public ServerCounters Counters
    {
        get
        {
            lock (_processorsLock)
            {
                var requests = _retiredRequests;
                foreach (var processor in _processors)
                    requests += processor.Requests;
                return new ServerCounters(requests, Inodes.Count, Handles.Count);
            }
        }
    }

    /// <summary>Counts the requests that leave their queue's thread.</summary>
    public RequestCounters LateRequests { get; } = new();

    /// <inheritdoc/>
    public ServerNumbers Numbers
    {
        get
        {
            var all = Sum();
            return new ServerNumbers
            {
                Inodes = Inodes.Count,
                InodeDescriptors = Inodes.Budget.InodesOpen,
                OpenFiles = Handles.Count,
                Locks = Locks.RangeCount,
                LockWaiters = Locks.WaiterCount,
                Parked = Aside.Parked,
                BytesRead = all.BytesRead,
                BytesWritten = all.BytesWritten,
            };
        }
    }

    /// <inheritdoc/>
    public int ReadRequests(uint first, Span<OpcodeNumbers> records, out uint next)
    {
        var all = Sum();
        var count = 0;
        next = 0;
        for (var opcode = first; opcode < RequestCounters.Opcodes; opcode++)
        {
            if (!all.TryRead(opcode, out var numbers))
                continue;
            if (count == records.Length)
            {
                next = opcode;
                break;
            }

            records[count++] = numbers;
        }

        return count;
    }

    /// <summary>Gives it the way to other daemons. Before any queue runs.</summary>
    /// <param name="cuts">The way; owned from here on.</param>
    public void UseCuts(WorkerCuts cuts)
    {
        Cuts = cuts;
        Handles.Opens = cuts.Sizes.Opens;
        Handles.Changes = cuts.Changes;
        cuts.Changes?.Use(this);
        if (!_recovers)
            cuts.Sizes.Opens.Settle();
    }

    /// <summary>Gives it a DAX window. Before any queue runs.</summary>
    /// <param name="window">The window; owned from here on.</param>
    public void UseWindow(WindowClient window) => Mappings = new MappingCalls(window, Log);

    /// <inheritdoc/>
    public IRequestProcessor CreateProcessor() => CreateProcessor(mayWait: false);

    /// <summary>Makes a handler whose requests may wait for other daemons. Called on its thread, which has unshared its file-system information.</summary>
    public RequestProcessor CreatePatientProcessor() => CreateProcessor(mayWait: true);

    private RequestProcessor CreateProcessor(bool mayWait)
    {
        var processor = new RequestProcessor(this, mayWait);
        lock (_processorsLock)
            _processors.Add(processor);
        return processor;
    }

    /// <summary>Counts a processor's requests when it ends.</summary>
    public void Retire(RequestProcessor processor)
    {
        lock (_processorsLock)
        {
            if (!_processors.Remove(processor))
                return;
            _retiredRequests += processor.Requests;
            processor.Counters?.AddTo(_retired);
        }
    }

    private RequestCounters Sum()
    {
        var sum = new RequestCounters();
        lock (_processorsLock)
        {
            _retired.AddTo(sum);
            foreach (var processor in _processors)
                processor.Counters?.AddTo(sum);
        }

        LateRequests.AddTo(sum);
        return sum;
    }

    /// <inheritdoc/>
    public ExportPlace AddExport(string name, ExportPolicy policy, OwnedFd root)
    {
        try
        {
            if (_served is not null)
                throw new LinuxException(Errno.EOPNOTSUPP, "add export: a single directory is served", name);
            var bytes = Encoding.UTF8.GetBytes(name);
            if (bytes.Length is 0 or > Request.NameMax || name is "." or ".." || name.AsSpan().ContainsAny('/', '\0'))
                throw new LinuxException(Errno.EINVAL, "add export: the name must be 1 to 255 bytes without a slash", name);
            var export = Exports.Reserve(bytes, name, ServingPolicy.Of(policy), root);
            DaxFileSystem.Settle(export, Options);
            AddRoot(export, name, directoryOnly: false);
            Exports.List(export);
            RootChanged = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
            return new ExportPlace(export.Index, export.Cookie);
        }
        catch
        {
            root.Dispose();
            throw;
        }
    }

    /// <summary>Adds an export that a dead worker had, so that its tables can be taken up: <see cref="Recover"/> has to follow.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="policy">How it is served.</param>
    /// <param name="root">Its root; owned from here on.</param>
    /// <param name="index">The index that it had.</param>
    /// <param name="cookie">The directory offset that it had.</param>
    /// <exception cref="LinuxException">EEXIST for a name or an index in use.</exception>
    public void RestoreExport(string name, ExportPolicy policy, OwnedFd root, int index, long cookie)
    {
        try
        {
            var export = Exports.Restore(Encoding.UTF8.GetBytes(name), name, ServingPolicy.Of(policy), root, index, cookie);
            DaxFileSystem.Settle(export, Options);
            Exports.List(export);
        }
        catch
        {
            root.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Takes up the tables of a dead worker: after its exports were restored, before any queue runs. The guest's node ids and handles
    /// are good again.
    /// </summary>
    /// <param name="descriptors">The descriptors that its tables name; those that are not needed are closed.</param>
    public void Recover(DescriptorMap descriptors)
    {
        using (descriptors)
        {
            Inodes.Recover(descriptors);
            Handles.Recover(descriptors);
            Locks.Recover(descriptors, Handles);
        }

        Coherence?.Begin();
        _recovers = false;
        // It may have died before the root was in the table.
        if (_served is not null && _served.RootNodeId == 0)
            AddRoot(_served, "", directoryOnly: true);
        foreach (var export in Exports.Listed)
        {
            if (export.RootNodeId == 0)
                AddRoot(export, Encoding.UTF8.GetString(export.Name), directoryOnly: false);
        }
    }

    /// <inheritdoc/>
    public void RemoveExport(string name)
    {
        var export = Exports.Unlist(Encoding.UTF8.GetBytes(name)) ?? throw new LinuxException(Errno.ENOENT, "remove export", name);
        RootChanged = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        Locks.Sweep(export);
        Inodes.Sweep(export);
        Handles.Sweep(export);
        if (export.Close(s_removalLimit))
        {
            Inodes.Mounts.Free(export);
            Exports.Free(export);
        }
        else
            Log.ExportStillBusy(name);
    }

    /// <inheritdoc/>
    public void SuspendLeases() => Coherence?.Suspend();

    /// <inheritdoc/>
    public void ResumeLeases() => Coherence?.Resume();

    /// <inheritdoc/>
    public void Reset()
    {
        Cuts?.Sizes.Settle();
        Locks.Sweep(null);
        Handles.Sweep(null);
        Inodes.Sweep(null);
        Mappings?.Clear();
        Session.Flags = 0;
    }

    /// <summary>Whether a node id is the synthetic root's.</summary>
    public bool IsSyntheticRoot(ulong nodeId) => nodeId == RootId && _served is null;

    /// <summary>FOPEN_ bits of an opened file.</summary>
    /// <remarks>
    /// With POSIX locks the guest has to tell of every close of a descriptor, for that is what ends them: its kernel keeps no list
    /// of locks by which it could do that otherwise. Where nobody writes there are none.
    /// </remarks>
    public uint FileFlags(ServingPolicy policy) =>
        Session.Has(InitFlag.PosixLocks) && !policy.NobodyWrites ? policy.FileFlags & ~OpenReplyFlag.NoFlush : policy.FileFlags;

    /// <summary>Pins an open file.</summary>
    /// <param name="handle">As the guest sent it.</param>
    /// <param name="nodeId">The inode that it must belong to.</param>
    /// <param name="directory">Whether it must be a directory's.</param>
    /// <returns>A pin, or one with ESTALE when the inode is gone with its export, or one with EBADF.</returns>
    public HandlePin PinHandle(ulong handle, ulong nodeId, bool directory = false)
    {
        var pin = Handles.Pin(handle, nodeId, directory);
        if (pin.Error == Errno.None)
            return pin;
        using var node = PinNode(nodeId, Errno.EBADF);
        return node.Error == Errno.ESTALE ? new HandlePin(Errno.ESTALE) : pin;
    }

    /// <summary>Pins an inode.</summary>
    /// <param name="nodeId">As the guest sent it.</param>
    /// <param name="synthetic">The error for the synthetic root, which has no file behind it.</param>
    public InodePin PinNode(ulong nodeId, Errno synthetic)
    {
        if (nodeId != RootId)
            return Inodes.Pin(nodeId);
        return _served is null ? new InodePin(synthetic) : Inodes.Pin(_served.RootNodeId);
    }

    /// <summary>Pins an inode for a change.</summary>
    public InodePin PinWritable(ulong nodeId)
    {
        var pin = PinNode(nodeId, Errno.EROFS);
        if (pin.Error != Errno.None || !pin.Export.Policy.ReadOnly)
            return pin;
        pin.Dispose();
        return new InodePin(Errno.EROFS);
    }

    /// <summary>The node id that the guest knows an inode by.</summary>
    public ulong OuterId(ulong nodeId) => _served is not null && nodeId == _served.RootNodeId ? RootId : nodeId;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        Reset();
        foreach (var export in Exports.Listed)
            RemoveExport(Encoding.UTF8.GetString(export.Name));
        if (_served is not null)
        {
            _served.MarkRemoved();
            Inodes.Sweep(_served);
            _served.Close(s_removalLimit);
        }

        Aside.Dispose();
        SlowCalls.Dispose();
        Cuts?.Dispose();
        Mappings?.Dispose();
        Inodes.Dispose();
        Handles.Dispose();
        Locks.Dispose();
        Session.Dispose();
        ProcFd.Dispose();
        Coherence?.Dispose();
    }

    private unsafe void AddRoot(Export export, string name, bool directoryOnly)
    {
        try
        {
            Statx statx;
            byte empty = 0;
            LinuxException.Check(SysStat.statx(export.Root.Fd, &empty, Fcntl.AT_EMPTY_PATH, HostFile.StatxMask, &statx), "statx", name);
            var type = statx.Mode & SysStat.S_IFMT;
            if (type != SysStat.S_IFDIR && (directoryOnly || type != SysStat.S_IFREG))
                throw new LinuxException(directoryOnly ? Errno.ENOTDIR : Errno.EINVAL, "export: neither a directory nor a regular file", name);
            export.IsFile = type == SysStat.S_IFREG;
            using var path = OwnedFd.FromCall(ProcFd.Reopen(export.Root.Fd, Fcntl.O_PATH), "openat", name);
            var error = Inodes.Add(export, statx, path.Release(), submount: !export.IsFile && !directoryOnly, sticky: true, out var nodeId);
            if (error != Errno.None)
                throw new LinuxException(error, "add export", name);
            export.RootNodeId = nodeId;
        }
        catch
        {
            export.MarkRemoved();
            Inodes.Mounts.Free(export);
            Exports.Free(export);
            export.Root.Dispose();
            throw;
        }
    }
}
