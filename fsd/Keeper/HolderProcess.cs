using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Keeper;

/// <summary>The process that keeps a worker's descriptors when the worker is gone (<see cref="Worker.DescriptorHolder"/>). A child of ours.</summary>
internal sealed class HolderProcess : IDisposable
{
    // As many as go along with one packet, with room for its header.
    private const int Batch = 240;

    private readonly PidFd _process;

    /// <summary>Takes hold of it.</summary>
    /// <param name="pidfd">Its pidfd; owned from here on.</param>
    public HolderProcess(OwnedFd pidfd) => _process = new PidFd(pidfd);

    /// <summary>Hands descriptors on to a new worker.</summary>
    /// <param name="numbers">Their numbers in the worker that died. One that is not there is left out.</param>
    /// <param name="worker">The new worker's channel.</param>
    /// <exception cref="LinuxException">The keeper may not take them, or has too few descriptors left.</exception>
    /// <exception cref="WorkerDiedException">The new worker is gone too.</exception>
    public void HandOn(IReadOnlyList<int> numbers, ChannelClient worker)
    {
        var theirs = new int[Batch];
        var ours = new int[Batch];
        for (var at = 0; at < numbers.Count;)
        {
            var count = 0;
            try
            {
                for (; at < numbers.Count && count < Batch; at++)
                {
                    if (_process.TryGetFd(numbers[at]) is not { } fd)
                        continue;
                    theirs[count] = numbers[at];
                    ours[count++] = fd.Release();
                }

                worker.Call(
                    ChannelOperation.TakeDescriptors, 0, 0, MemoryMarshal.AsBytes(theirs.AsSpan(0, count)), ours.AsSpan(0, count));
            }
            finally
            {
                for (var i = 0; i < count; i++)
                    _ = Unistd.close(ours[i]);
            }
        }
    }

    /// <summary>Ends it: the last descriptors of its worker are closed.</summary>
    public void Dispose()
    {
        _process.Kill(Signals.SIGKILL);
        _ = _process.Reap();
        _process.Dispose();
    }
}
