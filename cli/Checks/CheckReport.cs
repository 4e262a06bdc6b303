using System.Collections.Generic;

namespace KataShimNet.Cli.Checks;

/// <summary>What <c>katanet check</c> found.</summary>
/// <param name="Usable">Whether no check failed.</param>
/// <param name="Checks">The checks, in order.</param>
internal sealed record CheckReport(bool Usable, IReadOnlyList<CheckLine> Checks);
