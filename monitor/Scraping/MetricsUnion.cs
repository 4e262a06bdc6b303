using System;
using System.Collections.Generic;
using System.Text;

namespace KataShimNet.Monitor.Scraping;

/// <summary>
/// Several texts in Prometheus' format made into one, where each family is in one piece and has its HELP and TYPE once: the format asks for both.
/// </summary>
internal sealed class MetricsUnion
{
    private readonly List<FamilyText> _families = [];
    private readonly Dictionary<string, FamilyText> _byName = [];

    /// <summary>Adds a text, or nothing of it.</summary>
    /// <returns>False when a line of it is none of the format, or it has a family of a type that others have otherwise: Prometheus would refuse the whole union.</returns>
    public bool Add(string text)
    {
        var samples = new List<(FamilyText Family, string Line)>();
        var added = new Dictionary<string, FamilyText>();
        FamilyText? current = null;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            if (line.IsEmpty)
                continue;
            if (line[0] == '#')
            {
                if (HeadLine.Parse(line) is not { } head)
                    continue;
                current = Family(head.Name);
                if (!current.Note(head))
                    return false;
                continue;
            }

            if (!SampleLine.TryName(line, out ReadOnlySpan<char> name))
                return false;
            if (current?.Holds(name) != true)
                current = Family(name.ToString());
            samples.Add((current, line.ToString()));
        }

        Keep(added, samples);
        return true;

        // What this text brings is noted apart until all of it has been read.
        FamilyText Family(string name)
        {
            if (added.TryGetValue(name, out FamilyText? family))
                return family;
            return added[name] = new FamilyText(name, _byName.GetValueOrDefault(name));
        }
    }

    /// <summary>The union.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (FamilyText family in _families)
            family.Write(text);
        return text.ToString();
    }

    private void Keep(Dictionary<string, FamilyText> added, List<(FamilyText Family, string Line)> samples)
    {
        foreach (FamilyText family in added.Values)
        {
            if (_byName.TryGetValue(family.Name, out FamilyText? known))
            {
                known.Complete(family);
                continue;
            }

            _families.Add(family);
            _byName.Add(family.Name, family);
        }

        foreach ((FamilyText family, string line) in samples)
            _byName[family.Name].Add(line);
    }
}
