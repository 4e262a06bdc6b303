using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace KataShimNet.UnitTests.Deploy;

/// <summary>Grafana's dashboard asks for families and labels that there are: a misspelt one would just stay empty.</summary>
public sealed partial class DashboardTests
{
    private static readonly string[] s_common = ["namespace", "sandbox", "le", "instance"];

    private readonly JsonElement _dashboard = JsonDocument.Parse(File.ReadAllBytes(Repository.At("deploy/grafana/katanet.json"))).RootElement;
    private readonly Dictionary<string, (string[] Labels, bool IsHistogram)> _families = Families();

    [Fact]
    public void EveryFamilyAndLabelOfAQueryIsDocumented()
    {
        string[] queries = [.. Queries()];
        Assert.True(queries.Length > 30);
        foreach (string query in queries)
        {
            string[] names = [.. Family().Matches(query).Select(match => match.Value)];
            Assert.NotEmpty(names);
            HashSet<string> labels = [.. s_common, .. names.SelectMany(name => Documented(name).Labels)];
            foreach (Match list in Grouping().Matches(query))
                Assert.All(list.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries), label => Assert.Contains(label, labels));
            Assert.All(Matcher().Matches(query).Select(match => match.Groups[1].Value), label => Assert.Contains(label, labels));
        }
    }

    [Fact]
    public void PanelsLieBesideOneAnotherAndHaveNumbersOfTheirOwn()
    {
        JsonElement[] panels = [.. _dashboard.GetProperty("panels").EnumerateArray()];
        Assert.Equal(panels.Length, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        HashSet<(int, int)> taken = [];
        foreach (JsonElement place in panels.Select(panel => panel.GetProperty("gridPos")))
        {
            (int x, int y, int w, int h) = (Number("x"), Number("y"), Number("w"), Number("h"));
            Assert.InRange(x + w, 1, 24);
            for (int i = x; i < x + w; i++)
            {
                for (int j = y; j < y + h; j++)
                    Assert.True(taken.Add((i, j)), $"two panels at {i}, {j}");
            }

            int Number(string name) => place.GetProperty(name).GetInt32();
        }
    }

    private (string[] Labels, bool IsHistogram) Documented(string name)
    {
        if (_families.TryGetValue(name, out var family))
        {
            Assert.False(family.IsHistogram, $"{name} is a histogram: it has _bucket, _sum and _count");
            return family;
        }

        string whole = Part().Replace(name, "");
        Assert.True(_families.TryGetValue(whole, out family) && family.IsHistogram, $"{name} is in no row of docs/metrics.md and docs/katanet.md");
        return family;
    }

    private IEnumerable<string> Queries() =>
        _dashboard.GetProperty("panels").EnumerateArray()
            .SelectMany(panel => panel.TryGetProperty("targets", out JsonElement targets) ? targets.EnumerateArray() : default)
            .Select(target => target.GetProperty("expr").GetString()!)
            .Concat(_dashboard.GetProperty("templating").GetProperty("list").EnumerateArray()
                .Where(variable => variable.TryGetProperty("definition", out _)).Select(variable => variable.GetProperty("definition").GetString()!));

    private static Dictionary<string, (string[] Labels, bool IsHistogram)> Families() => Row().Matches(
        File.ReadAllText(Repository.At("docs/metrics.md")) + File.ReadAllText(Repository.At("docs/katanet.md"))).ToDictionary(
        row => row.Groups[1].Value,
        row => (Label().Matches(row.Groups[2].Value).Select(label => label.Groups[1].Value).ToArray(), row.Groups[3].Value.Contains("histogram", StringComparison.Ordinal)));

    [GeneratedRegex(@"\bkatanet_[a-z0-9_]+")]
    private static partial Regex Family();

    [GeneratedRegex(@"(?:by|ignoring) \(([^)]*)\)")]
    private static partial Regex Grouping();

    [GeneratedRegex("[{,]([a-z]+)(?:=|!=|=~|!~)\"")]
    private static partial Regex Matcher();

    [GeneratedRegex("_(?:bucket|sum|count)$")]
    private static partial Regex Part();

    [GeneratedRegex(@"^\| `(katanet_[a-z0-9_]+)` \|([^|]*)\|(.*)\|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`([a-z]+)`")]
    private static partial Regex Label();
}
