using System;
using System.IO;
using System.Linq;
using KataShimNet.Bench.Files;
using KataShimNet.Bench.Files.Measuring;

namespace KataShimNet.Bench.Sharing;

/// <summary>What the node's table costs each request, without leases: the same daemon with and without it, driven in turns by the front end of <c>files</c>.</summary>
internal static class TableCosts
{
    private static readonly string[] s_rows = ["read 4 KiB, random", "write 4 KiB, random", "getattr", "lookup + getattr", "create, write, close, unlink"];

    public static FileResults Measure(Repository repository, string coherency, int pairs, TimeSpan duration)
    {
        string program = Path.Combine(repository.Bin, "katanet-fsd");
        return FileBenchmark.Measure(
            repository,
            folder => Contestant.Fsd(program, folder, "table", "--cache=never", "--coherency-dir", coherency, "--leases", "0,1000,10000"),
            folder => Contestant.Fsd(program, folder, "none", "--cache=never"),
            [.. FileRow.All.Where(row => s_rows.Contains(row.Name))],
            [LoadShape.All[0]],
            pairs,
            duration);
    }
}
