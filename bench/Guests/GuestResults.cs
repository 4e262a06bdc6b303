using System.Collections.Generic;
using KataShimNet.Bench.Starts;

namespace KataShimNet.Bench.Guests;

/// <summary>One load on every system.</summary>
/// <param name="Test">The load.</param>
/// <param name="Rates">MiB per second by the system's name, a value per round; 0 where it is not possible.</param>
public sealed record GuestRow(FioTest Test, IReadOnlyDictionary<string, Series> Rates);

/// <summary>What fio measured inside a guest.</summary>
/// <param name="Accelerator">KVM or TCG.</param>
/// <param name="Kernel">The guest's.</param>
/// <param name="Seconds">Of each run.</param>
/// <param name="Rows">The loads.</param>
public sealed record GuestResults(string Accelerator, string Kernel, double Seconds, IReadOnlyList<GuestRow> Rows);
