using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using KataShimNet.Bench.Starts;

namespace KataShimNet.Bench.Guests;

/// <summary>One load on every system.</summary>
/// <param name="Test">The load.</param>
/// <param name="Rates">MiB per second by the system's name, a value per round; 0 where it is not possible.</param>
public sealed record GuestRow(FioTest Test, IReadOnlyDictionary<string, Series> Rates)
{
    /// <summary>How often one system's rate goes into another's; null where one of them has none.</summary>
    public double? Ratio(string ours, string theirs) =>
        Rates.TryGetValue(ours, out Series? our) && Rates.TryGetValue(theirs, out Series? their) && our.Median > 0 && their.Median > 0 ? our.Median / their.Median : null;

    internal void Show(string part) => Console.Error.WriteLine($"bench: {part} {Test.Name,-24} MiB/s: " + string.Join(", ",
        Rates.Select(rate => string.Create(CultureInfo.InvariantCulture, $"{rate.Key} {rate.Value.Median:0.0}"))));
}

/// <summary>What fio measured inside a guest.</summary>
/// <param name="Accelerator">KVM or TCG.</param>
/// <param name="Kernel">The guest's.</param>
/// <param name="Seconds">Of each run.</param>
/// <param name="Rows">The loads.</param>
public sealed record GuestResults(string Accelerator, string Kernel, double Seconds, IReadOnlyList<GuestRow> Rows);
