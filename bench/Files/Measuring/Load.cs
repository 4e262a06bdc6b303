using System;
using System.Diagnostics;
using KataShimNet.Bench.Files.Workloads;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Load;

namespace KataShimNet.Bench.Files.Measuring;

/// <summary>Keeps a number of operations of one kind under way for a while, and measures them. One thread.</summary>
internal sealed unsafe class Load(LoadShape shape)
{
    // The clock's ticks are nanoseconds on Linux; LatencyRecord relies on it.
    private readonly LatencyRecord _latency = new();

    /// <summary>Runs one round.</summary>
    /// <param name="contestant">Whom to ask.</param>
    /// <param name="workload">What, prepared for that contestant.</param>
    /// <param name="duration">How long; operations that have begun are waited for.</param>
    public Round Run(Contestant contestant, Workload workload, TimeSpan duration)
    {
        ReadOnlySpan<LoadQueue> queues = contestant.Queues.AsSpan(0, Math.Min(shape.Queues, contestant.Queues.Length));
        contestant.Pin(shape.DaemonProcessors);
        Processors.PinThread(shape.LoadProcessors);
        try
        {
            _latency.Clear();
            long units = 0, elapsed = 0, processor = 0;
            do
            {
                workload.Recover();
                long before = contestant.ProcessorNanoseconds, began = Stopwatch.GetTimestamp();
                units += RunUntil(queues, workload, began + duration.Ticks * 100 - elapsed);
                contestant.Forgets.Drain();
                elapsed += Stopwatch.GetTimestamp() - began;
                processor += contestant.ProcessorNanoseconds - before;
            }
            while (elapsed < duration.Ticks * 100);
            (double median, double p99) = _latency.Percentiles();
            return new Round(units, elapsed / 1e9, processor, median, p99);
        }
        finally
        {
            Processors.PinThread(Processors.All);
        }
    }

    private long RunUntil(ReadOnlySpan<LoadQueue> queues, Workload workload, long deadline)
    {
        long units = 0;
        int active = 0;
        foreach (LoadQueue queue in queues)
        {
            foreach (LoadSlot slot in queue.Slots[..(shape.Depth / queues.Length)])
            {
                slot.Began = Stopwatch.GetTimestamp();
                workload.Begin(slot);
                queue.Submit(slot);
                active++;
            }
        }
        while (active > 0)
        {
            bool took = false;
            foreach (LoadQueue queue in queues)
            {
                while (queue.TryTake() is { } slot)
                {
                    took = true;
                    if (!workload.Advance(slot))
                    {
                        queue.Submit(slot);
                        continue;
                    }
                    long now = Stopwatch.GetTimestamp();
                    _latency.Add(now - slot.Began);
                    units += workload.UnitsOf(slot);
                    if (now >= deadline || workload.IsExhausted)
                    {
                        active--;
                        continue;
                    }
                    slot.Began = now;
                    workload.Begin(slot);
                    queue.Submit(slot);
                }
            }
            if (!took)
                Wait(queues);
        }
        return units;
    }

    private void Wait(ReadOnlySpan<LoadQueue> queues)
    {
        if (queues.Length == 1)
        {
            if (!queues[0].Arm(shape.Spin))
                queues[0].Sleep();
            return;
        }
        PollFd* fds = stackalloc PollFd[queues.Length];
        for (int i = 0; i < queues.Length; i++)
        {
            if (queues[i].Arm(0))
                return;
            fds[i] = new PollFd { Fd = queues[i].CallFd, Events = Poll.POLLIN };
        }
        LinuxException.Check(Poll.poll(fds, (nuint)queues.Length, 10_000), "poll");
        for (int i = 0; i < queues.Length; i++)
        {
            if (fds[i].Revents != 0)
                queues[i].Sleep();
        }
    }
}
