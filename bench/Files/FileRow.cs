using System;
using System.Collections.Generic;
using KataShimNet.Bench.Files.Measuring;
using KataShimNet.Bench.Files.Workloads;

namespace KataShimNet.Bench.Files;

/// <summary>One kind of operation that is measured.</summary>
/// <param name="Name">For the report.</param>
/// <param name="Unit">What is counted.</param>
/// <param name="Prepare">Makes the load for a daemon.</param>
/// <param name="Floor">The least system calls for one unit, done some times; gives how many units.</param>
/// <param name="DepthOneOnly">Whether more than one at a time makes no sense.</param>
internal sealed record FileRow(string Name, string Unit, Func<Contestant, Workload> Prepare, Func<Floor, int> Floor, bool DepthOneOnly = false)
{
    private const int Page = 4096;
    private const int Large = 1 << 20;

    public static IReadOnlyList<FileRow> All { get; } =
    [
        new("read 4 KiB, random", "requests", c => new Transfers(c.Client, FileTree.ReadFile, write: false, Page, random: true), f => f.Read(Page)),
        new("write 4 KiB, random", "requests", c => new Transfers(c.Client, FileTree.WriteFile, write: true, Page, random: true), f => f.Write(Page)),
        new("read 1 MiB, sequential", "requests", c => new Transfers(c.Client, FileTree.ReadFile, write: false, Large, random: false), f => f.Read(Large)),
        new("write 1 MiB, sequential", "requests", c => new Transfers(c.Client, FileTree.WriteFile, write: true, Large, random: false), f => f.Write(Large)),
        new("getattr", "requests", c => new Attributes(c.Client, FileTree.KnownFolder, FileTree.KnownFiles, lookup: false), f => f.Stat(byName: false)),
        new("lookup + getattr", "pairs", c => new Attributes(c.Client, FileTree.KnownFolder, FileTree.KnownFiles, lookup: true), f => f.Stat(byName: true)),
        new("create, write, close, unlink", "cycles", c => new CreateCycle(c, FileTree.EmptyFolder), f => f.Cycle()),
        new("readdirplus of 10,000, known", "entries", c => new FolderWalk(c, FileTree.LargeFolder, FileTree.LargeFiles, fresh: false), f => f.Walk()),
        new("readdirplus of 10,000, new", "entries", c => new FolderWalk(c, FileTree.FreshFolder, FileTree.LargeFiles, fresh: true), f => f.Walk(), DepthOneOnly: true),
    ];

    public bool Takes(LoadShape shape) => !DepthOneOnly || shape.Depth == 1;
}
