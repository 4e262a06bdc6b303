using System;
using System.Globalization;
using System.IO;
using System.Runtime;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Shim.Commands;

/// <summary>
/// Gives memory back once a server has come to rest: most of what a start touches, code as well as heap, is not needed again while
/// the container runs, and a node has one server per pod.
/// </summary>
internal static class MemoryTrim
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);

    // Below this a server is at rest: calls like State that clients repeat allocate little.
    private const long RestBytes = 256 * 1024;

    /// <summary>Looks at intervals whether the server has worked since the last trim and rests now; then trims.</summary>
    /// <param name="cancel">Ends it.</param>
    public static async Task RunAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(s_interval);
        var trimmed = 0L;
        var last = GC.GetTotalAllocatedBytes();
        try
        {
            while (await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false))
            {
                var now = GC.GetTotalAllocatedBytes();
                if (now - last < RestBytes && now - trimmed > RestBytes)
                {
                    Trim();
                    trimmed = now;
                }

                last = now;
            }
        }
        catch (OperationCanceledException)
        {
            // The server ends.
        }
    }

    private static void Trim()
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        ReleaseProgram();
    }

    // Pages of the program's file that nothing can have written to: the kernel maps them again, from its page cache, when they are used.
    private static void ReleaseProgram()
    {
        var program = Environment.ProcessPath;
        foreach (var line in File.ReadLines("/proc/self/maps"))
        {
            // ADDRESS-ADDRESS PERMISSIONS OFFSET DEVICE INODE PATH (proc(5))
            var fields = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 6 || fields[5] != program)
                continue;
            // The segment at offset 0 is the read-only one. Others that read "r--p" were written to before (relocations), and must stay.
            var clean = fields[1] == "r-xp" || (fields[1] == "r--p" && fields[2].AsSpan().Trim('0').IsEmpty);
            if (!clean)
                continue;
            var dash = fields[0].IndexOf('-', StringComparison.Ordinal);
            var start = nint.Parse(fields[0].AsSpan(0, dash), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            var end = nint.Parse(fields[0].AsSpan(dash + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            _ = SysMman.madvise(start, (nuint)(end - start), SysMman.MADV_DONTNEED);
        }
    }
}
