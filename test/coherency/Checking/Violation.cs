using System.Collections.Generic;
using System.Linq;
using KataShimNet.CoherencyTests.Histories;

namespace KataShimNet.CoherencyTests.Checking;

/// <summary>A call whose result no order of the calls explains.</summary>
/// <param name="Call">The call.</param>
/// <param name="Reasons">What it would have given, in each state that the history allows.</param>
/// <param name="Window">What led to it: calls on the same names, and those at the same time.</param>
/// <param name="States">The states that the history allows when it ends, as text.</param>
internal sealed record Violation(Record Call, IReadOnlyList<string> Reasons, IReadOnlyList<Record> Window, IReadOnlyList<string> States)
{
    /// <summary>What kind it is, to count by.</summary>
    public string Kind => $"client {Call.Client} {Call.Operation}: {(Call.Result < 0 ? $"{Call.Error}, " : "")}{string.Join(" | ", Reasons.Select(Short).Distinct().Order())}";

    public override string ToString() =>
        $"VIOLATION {HistoryText.Line(Call)}\n  in every order of the calls: {string.Join("; or ", Reasons)}\n  what led to it:\n"
        + string.Concat(Window.Select(call => $"    {(call == Call ? "->" : "  ")} {HistoryText.Line(call)}\n"))
        + string.Concat(States.Select(state => $"  the model{(States.Count > 1 ? " (one of several)" : "")}:\n{state}"));

    // Without numbers, which are different each time.
    private static string Short(string reason) => reason.Split(':')[0].Split(' ')[0] is var word && reason.Contains("would", System.StringComparison.Ordinal) ? reason : word;
}
