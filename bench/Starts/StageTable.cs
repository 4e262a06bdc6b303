using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace KataShimNet.Bench.Starts;

/// <summary>How long the stages of a sandbox's start took, by the line that every shim logs.</summary>
public static class StageTable
{
    private static readonly string[] s_stages = ["fsd", "qemu", "kernel", "agent", "total"];

    /// <summary>Milliseconds of each stage, of the sandboxes that were measured.</summary>
    /// <param name="log">containerd's log, with the shims' lines in it.</param>
    /// <param name="runs">How many lines there must be, the warm-up apart.</param>
    public static IReadOnlyDictionary<string, Series> Read(string log, int runs)
    {
        List<Dictionary<string, string>> lines = [.. log.Split('\n').Select(Logfmt.Fields)
            .Where(fields => fields.GetValueOrDefault("msg") == "sandbox started"
                && fields.GetValueOrDefault("sandbox")?.StartsWith(StartTimes.IdPrefix, StringComparison.Ordinal) == true)];
        if (lines.Count != runs + 1)
            throw new BenchException($"containerd's log has {lines.Count} lines msg=\"sandbox started\" of {runs + 1} sandboxes");
        return s_stages.ToDictionary(stage => stage, stage => new Series(lines.Skip(1).Select(line => Milliseconds(line, stage))));
    }

    private static double Milliseconds(Dictionary<string, string> line, string stage)
    {
        string text = line.GetValueOrDefault(stage) ?? throw new BenchException($"the line msg=\"sandbox started\" has no field {stage}");
        return text.EndsWith("ms", StringComparison.Ordinal) && double.TryParse(text[..^2], CultureInfo.InvariantCulture, out double value)
            ? value
            : throw new BenchException($"the field {stage}={text} of msg=\"sandbox started\" is not in milliseconds");
    }
}
