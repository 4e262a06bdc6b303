using System;
using System.Globalization;
using System.IO;
using System.Threading;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>
/// Gives back, once a container runs, what only its start needed: the collector's free memory, and the program's code. A shim lives as
/// long as its pod, and uses little of either from then on. The code stays in the page cache and is mapped again where it runs.
/// </summary>
internal sealed class IdleMemory : IDisposable
{
    // Long enough for containerd to have started what it created; nothing depends on it.
    private static readonly TimeSpan s_quiet = TimeSpan.FromSeconds(2);

    private readonly Timer _timer = new(static _ => Return());

    /// <summary>Gives back after a quiet while; a call before that begins the while anew.</summary>
    public void ReturnSoon() => _timer.Change(s_quiet, Timeout.InfiniteTimeSpan);

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private static void Return()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        try
        {
            var self = Environment.ProcessPath;
            foreach (var line in File.ReadLines("/proc/self/maps"))
            {
                // Code only: other read-only pages of the program may have been relocated, and those have no copy in the file.
                if (self is not null && line.Contains(" r-xp ", StringComparison.Ordinal) && line.EndsWith(self, StringComparison.Ordinal))
                    Unmap(line);
            }
        }
        catch (IOException)
        {
            // Without /proc the code stays where it is.
        }
    }

    private static void Unmap(string line)
    {
        var dash = line.IndexOf('-', StringComparison.Ordinal);
        var start = nint.Parse(line.AsSpan(0, dash), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        var end = nint.Parse(line.AsSpan(dash + 1, line.IndexOf(' ', StringComparison.Ordinal) - dash - 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        _ = SysMman.madvise(start, (nuint)(end - start), SysMman.MADV_DONTNEED);
    }
}
