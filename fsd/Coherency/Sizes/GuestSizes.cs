using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Text.Json;
using System.Threading;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Inodes;
using KataShimNet.Fsd.State;
using KataShimNet.Linux;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Coherency.Sizes;

/// <summary>
/// Has our guest ask for the sizes of files that it has open: its kernel takes no such news (virtio-fs has no queue for notifications), but
/// somebody in the guest can ask, and whoever started this daemon can reach somebody there (<see cref="GuestCall"/>). In the keeper; of any thread.
/// </summary>
internal sealed class GuestSizes : IDisposable
{
    /// <summary>
    /// How long others wait for a guest. One that takes longer is not waited for again until it has answered; what its programs read until then may end too
    /// early, which spoils a database: so it is longer than a shim lets its guest hang (25 seconds, <c>agent.health_*</c>).
    /// </summary>
    public static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(60);

    private const int StackBytes = 256 * 1024;

    // A packet must hold them; whoever has more of one bucket open is told of the rest by the next packet.
    private const int MostFiles = 256;

    private readonly FdSocket _socket;
    private readonly OwnedFd _handles;
    private readonly ILogger _logger;
    private readonly TimeSpan _limit;
    private readonly ConcurrentDictionary<int, string> _exports = new();

    // Guards what follows; pulsed when an answer comes.
    private readonly object _lock = new();
    private readonly HashSet<int> _asked = [];
    private readonly HashSet<int> _owed = [];
    // By bucket: the last call, and when it was made.
    private readonly Dictionary<int, (int Id, long Start)> _latest = [];
    private SharedSlots<HandleSlot>? _open;
    private int _lastId;
    private bool _silent;
    private bool _gone;
    private Thread? _thread;

    /// <summary>Takes ownership of its parts.</summary>
    /// <param name="socket">Connected with whoever can ask the guest, SOCK_SEQPACKET.</param>
    /// <param name="handles">The file of the table of open files, which a worker fills.</param>
    /// <param name="logger">Log.</param>
    /// <param name="limit">How long others wait for the guest.</param>
    public GuestSizes(OwnedFd socket, OwnedFd handles, ILogger logger, TimeSpan limit)
    {
        _limit = limit;
        _socket = new FdSocket(socket);
        _handles = handles;
        _logger = logger;
    }

    /// <summary>Begins to take answers.</summary>
    public void Start()
    {
        _thread = new Thread(Receive, StackBytes) { IsBackground = true, Name = "guest" };
        _thread.Start();
    }

    /// <summary>Names an export, by which the guest finds its files.</summary>
    /// <param name="index">Its index.</param>
    /// <param name="name">Its name.</param>
    public void AddExport(uint index, string name) => _exports[(int)index] = name;

    /// <summary>Has the guest ask anew for the sizes of the files of a bucket that it has open, and waits until it has.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="since">Not anew when it was asked after this time already (<see cref="BootClock"/>); 0: in any case.</param>
    /// <returns>None; ETIMEDOUT when it did not in time: it does when it can.</returns>
    public Errno Refresh(int bucket, long since = 0)
    {
        lock (_lock)
        {
            if (_gone)
                return Errno.None;
            if (_silent)
            {
                _owed.Add(bucket);
                return Errno.ETIMEDOUT;
            }

            if (since == 0 || !_latest.TryGetValue(bucket, out var latest) || latest.Start < since)
            {
                var files = FilesOf(file => file == bucket);
                if (files.Count == 0)
                    return Errno.None;
                var now = BootClock.Now;
                latest = _latest[bucket] = (Ask(files), now);
            }

            var id = latest.Id;
            var start = Stopwatch.GetTimestamp();
            while (_asked.Contains(id) && !_gone)
            {
                var left = _limit - Stopwatch.GetElapsedTime(start);
                if (left <= TimeSpan.Zero)
                {
                    if (!_silent)
                        SizeLog.GuestSilent(_logger);
                    _silent = true;
                    return Errno.ETIMEDOUT;
                }

                Monitor.Wait(_lock, left);
            }

            return Errno.None;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Shutdown();
        _thread?.Join();
        _socket.Dispose();
        _open?.Dispose();
        _handles.Dispose();
    }

    private void Receive()
    {
        var buffer = new byte[GuestCall.MaxPacket];
        try
        {
            int length;
            while ((length = _socket.Receive(buffer)) > 0)
            {
                if (JsonSerializer.Deserialize(buffer.AsSpan(0, length), GuestCallJson.Default.GuestAnswer) is { } answer)
                    Take(answer);
            }
        }
        catch (Exception e) when (e is LinuxException or JsonException)
        {
            SizeLog.GuestGone(_logger, e.Message);
        }

        lock (_lock)
        {
            _gone = true;
            Monitor.PulseAll(_lock);
        }
    }

    private void Take(GuestAnswer answer)
    {
        lock (_lock)
        {
            _asked.Remove(answer.Id);
            Monitor.PulseAll(_lock);
            if (!_silent || _asked.Count > 0)
                return;
            _silent = false;
            SizeLog.GuestAnswers(_logger);
            var files = FilesOf(_owed.Contains);
            _owed.Clear();
            if (files.Count > 0)
                _ = Ask(files);
        }
    }

    private int Ask(IReadOnlyList<GuestFile> files)
    {
        var id = ++_lastId;
        _asked.Add(id);
        try
        {
            _socket.Send(JsonSerializer.SerializeToUtf8Bytes(new GuestCall(id, files), GuestCallJson.Default.GuestCall));
        }
        catch (LinuxException e)
        {
            SizeLog.GuestGone(_logger, e.Message);
            _gone = true;
        }

        return id;
    }

    // The table is the worker's, who goes on meanwhile: what is read wrong is a file that the guest does not find.
    private unsafe List<GuestFile> FilesOf(Predicate<int> isWanted)
    {
        // Not earlier: who maps it first takes it for empty.
        _open ??= HandleTable.Map(_handles.Duplicate());
        var files = new HashSet<GuestFile>();
        foreach (var shard in _open.Shards)
        {
            for (var i = shard.NextLive(0); i >= 0 && files.Count < MostFiles; i = shard.NextLive(i + 1))
            {
                var slot = shard.At(i);
                if (slot->Bucket >= 0 && isWanted(slot->Bucket) && _exports.TryGetValue(slot->Export, out var export))
                    files.Add(new GuestFile(export, slot->NodeId));
            }
        }

        return [.. files];
    }
}
