using System.Collections.Generic;

namespace KataShimNet.CoherencyTests.Checking;

/// <summary>What the checker says of a history.</summary>
/// <param name="Checked">Calls that were checked; after a change that cannot be explained the rest is not.</param>
/// <param name="Calls">Calls that there are.</param>
/// <param name="Violations">Calls that nothing explains.</param>
/// <param name="Widest">The most configurations there were at a time.</param>
internal sealed record Verdict(int Checked, int Calls, IReadOnlyList<Violation> Violations, int Widest);
