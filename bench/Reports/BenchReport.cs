using System.Collections.Generic;
using KataShimNet.Bench.Files;
using KataShimNet.Bench.Guests;
using KataShimNet.Bench.Memory;
using KataShimNet.Bench.Sharing;
using KataShimNet.Bench.Sizes;
using KataShimNet.Bench.Starts;

namespace KataShimNet.Bench.Reports;

/// <summary>Everything that one run measured; what was not asked for is null.</summary>
/// <param name="Time">When, UTC.</param>
/// <param name="Machine">Where and with what.</param>
/// <param name="Sandbox">Start-up, memory, sizes.</param>
/// <param name="Files">The file system, daemon against daemon.</param>
/// <param name="Guest">The file system, inside a guest.</param>
/// <param name="Sharing">Volumes that several pods use.</param>
public sealed record BenchReport(
    string Time, IReadOnlyList<KeyValuePair<string, string>> Machine, SandboxResults? Sandbox, FileResults? Files, GuestResults? Guest,
    SharingResults? Sharing);

/// <summary>What a sandbox takes.</summary>
/// <param name="Accelerator">KVM or TCG, as QEMU was told.</param>
/// <param name="Starts">Times until the first line.</param>
/// <param name="Stages">Milliseconds of each stage of the same starts.</param>
/// <param name="Idle">Memory.</param>
/// <param name="Sizes">Sizes.</param>
/// <param name="BareCommand">The command line of the bare boot.</param>
public sealed record SandboxResults(
    string Accelerator,
    StartTimes Starts,
    IReadOnlyDictionary<string, Series> Stages,
    IdleSandbox Idle,
    IReadOnlyList<Size> Sizes,
    IReadOnlyList<string> BareCommand);
