using System;
using System.Diagnostics;
using System.Threading;
using KataShimNet.Fsd.Control;
using KataShimNet.Fsd.State;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Keeper;

/// <summary>
/// The worker, whichever there is. When one dies, another takes its place and goes on: with the tables, which are in memory of the
/// keeper's, with the descriptors, which the dead worker's holder has, and with what the keeper knows of exports, memory and rings.
/// What was asked of a worker that died is asked of the next one.
/// </summary>
/// <remarks>
/// A new worker is started by the vhost-user connection's thread alone, which owns the device; other threads wait for it
/// (<see cref="Ask"/>). The dead worker's tables count until the new one has taken them up as a whole: if that one dies before, they
/// are put back to what they were (<see cref="DescriptorSnapshot.Restore"/>), for the old holder still has everything.
/// </remarks>
internal sealed class WorkerSupervisor : IWorkerCalls, IDisposable
{
    // A worker that cannot even take up what is there; and one that dies all the time.
    private const int MaxFailures = 5;
    private const int MaxDeathsPerMinute = 600;

    private const int EndStackBytes = 128 * 1024;

    // Guards the exports and all below that is not of the connection's thread alone; pulsed when there is another worker, or none any more.
    private readonly object _gate = new();
    private readonly ExportRecords _exports;
    private WorkerProcess _current;
    private bool _lost;

    private readonly Func<WorkerProcess> _start;
    private readonly TableFiles _tables;
    private readonly ILogger _logger;

    // Of the connection's thread. Both are there from a worker's death until another has taken its place.
    private HolderProcess? _holder;
    private DescriptorSnapshot? _snapshot;
    // Ends the one that died last, and its holder, after all before it; null when none ever did.
    private Thread? _ending;
    private long _minuteBegan = Stopwatch.GetTimestamp();
    private int _deaths;
    private long _restarts;

    /// <summary>Starts the first worker.</summary>
    /// <param name="start">Starts a worker.</param>
    /// <param name="tables">The tables that outlive workers; not owned.</param>
    /// <param name="exports">The exports; not owned.</param>
    /// <param name="logger">Log.</param>
    /// <exception cref="LinuxException">It cannot be started.</exception>
    public WorkerSupervisor(Func<WorkerProcess> start, TableFiles tables, ExportRecords exports, ILogger logger)
    {
        _start = start;
        _tables = tables;
        _exports = exports;
        _logger = logger;
        try
        {
            _current = start();
        }
        catch (WorkerDiedException)
        {
            throw new LinuxException(Errno.ECHILD, "worker", "it ended while it started; its own line in the log says why");
        }
    }

    /// <summary>The device, once a front end is connected. Of the connection's thread, as are all members that do not say otherwise.</summary>
    public DeviceRecord? Device { get; set; }

    /// <summary>Workers that took the place of one that had died. Of any thread.</summary>
    public long Restarts => Interlocked.Read(ref _restarts);

    /// <summary>The worker that there is.</summary>
    public WorkerProcess Current => _current;

    /// <summary>Asks the worker for something that concerns exports. Of any thread.</summary>
    /// <typeparam name="T">The answer.</typeparam>
    /// <param name="question">What is asked: of another worker again when one dies meanwhile.</param>
    /// <exception cref="WorkerDiedException">There is none any more.</exception>
    public T Ask<T>(Func<WorkerProcess, T> question)
    {
        lock (_gate)
        {
            while (!_lost)
            {
                var worker = _current;
                try
                {
                    return question(worker);
                }
                catch (WorkerDiedException)
                {
                    while (ReferenceEquals(worker, _current) && !_lost)
                        Monitor.Wait(_gate);
                }
            }
        }

        throw new WorkerDiedException();
    }

    /// <inheritdoc/>
    /// <exception cref="WorkerDiedException">There is none any more.</exception>
    public ulong Call(ChannelOperation operation, uint index = 0, ulong value = 0, ReadOnlySpan<byte> payload = default, ReadOnlySpan<int> fds = default)
    {
        while (true)
        {
            try
            {
                return _current.Device.Call(operation, index, value, payload, fds);
            }
            catch (WorkerDiedException)
            {
                Resume();
            }
        }
    }

    /// <summary>Puts another worker in the place of one that has died.</summary>
    /// <exception cref="WorkerDiedException">That cannot be done; the log says why.</exception>
    public void Resume()
    {
        lock (_gate)
        {
            for (var failures = 0; failures < MaxFailures && MayTryAgain(); failures++)
            {
                var began = Stopwatch.GetTimestamp();
                var died = _current;
                KeeperLog.WorkerDied(_logger, died.Pid, died.AwaitEnd());
                try
                {
                    Replace(died);
                    KeeperLog.Resumed(_logger, _current.Pid, Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                    Monitor.PulseAll(_gate);
                    return;
                }
                catch (Exception e) when (e is WorkerDiedException or LinuxException)
                {
                    KeeperLog.ResumeFailed(_logger, e.Message);
                }
            }

            _lost = true;
            Monitor.PulseAll(_gate);
            KeeperLog.WorkerLost(_logger);
            throw new WorkerDiedException();
        }
    }

    /// <summary>Waits until nothing is left of workers that died: until then the locks of files are held that they had open.</summary>
    public void AwaitDead() => _ending?.Join();

    /// <inheritdoc/>
    public void Dispose()
    {
        _current.Dispose();
        _holder?.Dispose();
    }

    private bool MayTryAgain()
    {
        if (Stopwatch.GetElapsedTime(_minuteBegan) > TimeSpan.FromMinutes(1))
        {
            _minuteBegan = Stopwatch.GetTimestamp();
            _deaths = 0;
        }

        return ++_deaths <= MaxDeathsPerMinute;
    }

    private void Replace(WorkerProcess died)
    {
        if (_holder is null)
        {
            _holder = died.TakeHolder();
            _snapshot = DescriptorSnapshot.Of(_tables);
        }
        else
        {
            _snapshot!.Restore(_tables);
        }

        var next = StartNext(_holder, _snapshot!);
        var holder = _holder;
        (_current, _holder, _snapshot) = (next, null, null);
        Interlocked.Increment(ref _restarts);
        try
        {
            Device?.Restore(next.Device);
        }
        finally
        {
            // Closing many files takes a while, and the guest waits.
            var before = _ending;
            _ending = new Thread(() => End(before, died, holder), EndStackBytes) { IsBackground = true, Name = "end" };
            _ending.Start();
        }
    }

    private static void End(Thread? before, WorkerProcess died, HolderProcess holder)
    {
        before?.Join();
        died.Dispose();
        holder.Dispose();
    }

    private WorkerProcess StartNext(HolderProcess holder, DescriptorSnapshot snapshot)
    {
        var next = _start();
        try
        {
            holder.HandOn(snapshot.Numbers, next.Device);
            _exports.Restore(next.Device);
            next.Device.Call(ChannelOperation.Recover);
            return next;
        }
        catch
        {
            next.Dispose();
            throw;
        }
    }
}
