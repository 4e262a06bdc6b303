using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Pods;

/// <summary>What <c>katanet metrics</c> prints of a sandbox, read as Prometheus reads it.</summary>
public sealed partial class SandboxNumbers
{
    private readonly Dictionary<string, double> _samples = [];

    private SandboxNumbers(string text, string @namespace, string id)
    {
        string? family = null;
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
                continue;
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                string[] words = line.Split(' ');
                family = words[2];
                Assert.True(Families.TryAdd(family, words[3]), $"{family} has two heads");
                continue;
            }

            Match sample = Sample.Match(line);
            Assert.True(sample.Success, $"no sample: {line}");
            Assert.Equal($"namespace=\"{@namespace}\",sandbox=\"{id}\"", sample.Groups["common"].Value);
            Assert.True(sample.Groups["name"].Value == family || (Families[family!] == "histogram" && sample.Groups["name"].Value.StartsWith(family + "_", StringComparison.Ordinal)), $"{line} is below {family}");
            string value = sample.Groups["value"].Value;
            Assert.True(_samples.TryAdd(sample.Groups["name"].Value + sample.Groups["labels"].Value.TrimStart(','), value == "+Inf" ? double.PositiveInfinity : double.Parse(value, CultureInfo.InvariantCulture)), $"{line} is there twice");
        }
    }

    /// <summary>Types of the families.</summary>
    public Dictionary<string, string> Families { get; } = [];

    /// <summary>Asks for them.</summary>
    /// <param name="node">The node.</param>
    /// <param name="namespace">containerd's namespace.</param>
    /// <param name="id">The sandbox.</param>
    public static async Task<SandboxNumbers> ReadAsync(TestNode node, string @namespace, string id) =>
        new((await node.RunAsync("katanet", "metrics", id)).Exits(0).Text, @namespace, id);

    /// <summary>Families of docs/metrics.md, and whether each is there always.</summary>
    public static IReadOnlyDictionary<string, bool> Documented() =>
        File.ReadLines(Path.Combine(TestNode.FindRepository(), "docs/metrics.md"))
            .Where(line => line.StartsWith("| `katanet_", StringComparison.Ordinal))
            .ToDictionary(line => line.Split('`')[1], line => !line.Contains("(only with", StringComparison.Ordinal));

    /// <summary>A sample.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="labels">Its labels as they are written, without those that all have.</param>
    public double this[string name, string labels = ""] =>
        _samples.TryGetValue(name + labels, out double value)
            ? value
            : throw new Xunit.Sdk.XunitException($"there is no {name}{{{labels}}}:\n{string.Join('\n', _samples.Where(sample => sample.Key.StartsWith(name, StringComparison.Ordinal)))}");

    /// <summary>How much more a counter is than before; one that had not begun then began at 0.</summary>
    /// <param name="before">What was there before.</param>
    /// <param name="name">Name of the sample.</param>
    /// <param name="labels">Its labels.</param>
    public double Rise(SandboxNumbers before, string name, string labels = "") => this[name, labels] - before._samples.GetValueOrDefault(name + labels);

    [GeneratedRegex("""^(?<name>[a-z_0-9]+)\{(?<common>namespace="[^"]*",sandbox="[^"]*")(?<labels>(,[a-z]+="[^"]*")*)\} (?<value>\S+)$""")]
    private static partial Regex Sample { get; }
}
