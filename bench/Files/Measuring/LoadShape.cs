using System.Collections.Generic;
using System.Diagnostics;

namespace KataShimNet.Bench.Files.Measuring;

/// <summary>How many requests are under way at a time, on how many queues, and who runs where.</summary>
/// <param name="Name">For the report.</param>
/// <param name="Depth">Requests at a time, over all queues.</param>
/// <param name="Queues">Queues; a daemon that has fewer gets all requests on those.</param>
/// <param name="LoadProcessors">Where the load generator runs, a bit per processor.</param>
/// <param name="DaemonProcessors">Where the daemon runs.</param>
/// <param name="Spin">For how long the generator looks for an answer before it sleeps, in ticks of Stopwatch.</param>
internal sealed record LoadShape(string Name, int Depth, int Queues, ulong LoadProcessors, ulong DaemonProcessors, long Spin)
{
    /// <summary>
    /// One request at a time: both sides on one processor, since a wake-up across two costs several times what is measured. Sixteen: each
    /// side has a processor of its own, and the generator looks for answers as KVM's halt polling does before it sleeps. Sixteen
    /// over two queues: nobody is pinned, nobody looks.
    /// </summary>
    public static IReadOnlyList<LoadShape> All { get; } =
    [
        new("depth 1", 1, 1, 1, 1, 0),
        new("depth 16", 16, 1, 2, 1, Stopwatch.Frequency / 20_000),
        new("depth 16, 2 queues", 16, 2, Processors.All, Processors.All, 0),
    ];
}
