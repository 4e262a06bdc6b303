using System;

namespace KataShimNet.CoherencyTests.Runs;

/// <summary>For how long guests may believe what they were told.</summary>
/// <param name="Validity">What they are told.</param>
/// <param name="Margin">By how much longer others wait: a guest's clock may lag.</param>
/// <param name="Contention">For how long nothing is promised after a use by another.</param>
internal sealed record Leasing(TimeSpan Validity, TimeSpan Margin, TimeSpan Contention)
{
    /// <summary>Whether a process of the host takes part too. Its changes end when nobody believes anything else.</summary>
    public bool Host { get; init; } = true;

    /// <summary>How long it takes at most until a guest knows what the host has changed.</summary>
    public TimeSpan Believed => Validity + Margin;

    /// <summary>Times in milliseconds.</summary>
    public static Leasing Of(int validity, int margin, int contention) =>
        new(TimeSpan.FromMilliseconds(validity), TimeSpan.FromMilliseconds(margin), TimeSpan.FromMilliseconds(contention));

    /// <summary>As katanet-fsd takes it.</summary>
    /// <param name="node">The folder of the node's table.</param>
    public string[] Options(string node) =>
        ["--coherency-dir", node, "--leases", $"{Validity.TotalMilliseconds},{Margin.TotalMilliseconds},{Contention.TotalMilliseconds}"];
}
