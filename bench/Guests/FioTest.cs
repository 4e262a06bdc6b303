using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.Json;

namespace KataShimNet.Bench.Guests;

/// <summary>One kind of load that fio makes in the guest: blocks of 4 KiB.</summary>
/// <param name="Pattern">read, randread, write or randwrite.</param>
/// <param name="Engine">psync, mmap, or libaio: that one with O_DIRECT, 16 deep.</param>
/// <param name="Jobs">Threads, each on a file of its own.</param>
public sealed record FioTest(string Pattern, string Engine, int Jobs)
{
    /// <summary>Bytes of each file of the rows <c>guest</c>, in MiB.</summary>
    public const int FileMib = 32;

    private const int MostJobs = 4;

    public static IReadOnlyList<FioTest> All { get; } =
    [
        .. from pattern in (string[])["read", "randread", "write", "randwrite"]
           from engine in (string[])["psync", "mmap", "libaio"]
           from jobs in (int[])[1, MostJobs]
           select new FioTest(pattern, engine, jobs),
    ];

    public string Name => $"{(Pattern.StartsWith("rand", StringComparison.Ordinal) ? "rand" : "seq")}{(IsWrite ? "write" : "read")} {Engine}{(Jobs > 1 ? $", {Jobs} jobs" : "")}";

    public bool IsWrite => Pattern.EndsWith("write", StringComparison.Ordinal);

    /// <summary>Reads what the page cache of the guest may have: not with O_DIRECT.</summary>
    public bool IsCachedRead => !IsWrite && Engine != "libaio";

    /// <summary>The files that all loads need, when the first has so many MiB and the others so many.</summary>
    public static IEnumerable<(string Name, int Mib)> Files(int first, int others) =>
        Enumerable.Range(0, MostJobs).Select(job => ($"f{job}", job == 0 ? first : others));

    /// <summary>A script that runs the load on one mount and prints one line of JSON.</summary>
    /// <param name="mount">Where.</param>
    /// <param name="fileMib">MiB of each job's file that are used.</param>
    /// <param name="seconds">For how long.</param>
    public string Script(string mount, int fileMib, double seconds)
    {
        int milliseconds = (int)(seconds * 1000);
        var words = new StringBuilder();
        words.Append(CultureInfo.InvariantCulture, $"fio --name=t --directory={mount} --filename_format='f$jobnum' --size={fileMib}m --bs=4k ");
        words.Append(CultureInfo.InvariantCulture, $"--rw={Pattern} --ioengine={Engine} --numjobs={Jobs} --thread --group_reporting --time_based --runtime={milliseconds}ms ");
        // What the guest has in its page cache stays there: that is what a cache mode is for.
        words.Append("--invalidate=0 --fallocate=none --randrepeat=1 --norandommap --random_generator=lfsr --disable_lat=1 --disable_clat=1 --disable_slat=1 ");
        words.Append(Engine == "libaio" ? "--direct=1 --iodepth=16 " : "");
        return words.Append("--output-format=json 2>&1 | tr -d '\\n'; echo").ToString();
    }

    /// <summary>MiB per second out of fio's JSON; 0 when fio says that it cannot be done (mmap without a page cache).</summary>
    public double Read(string output)
    {
        ArgumentNullException.ThrowIfNull(output);
        int start = output.IndexOf('{', StringComparison.Ordinal), end = output.LastIndexOf('}');
        if (start < 0 || end < start)
            throw new BenchException($"fio ({Name}) printed: {output}");
        using JsonDocument json = JsonDocument.Parse(output[start..(end + 1)]);
        JsonElement job = json.RootElement.GetProperty("jobs")[0];
        double rate = job.GetProperty(IsWrite ? "write" : "read").GetProperty("bw_bytes").GetDouble() / (1 << 20);
        if (job.GetProperty("error").GetInt32() == 0)
            return rate;
        return Engine == "mmap" ? 0 : throw new BenchException($"fio ({Name}) failed: {output}");
    }
}
