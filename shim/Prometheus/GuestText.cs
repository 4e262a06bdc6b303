using System;
using System.Collections.Frozen;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using KataShimNet.AgentProto.Prometheus;

namespace KataShimNet.Shim.Prometheus;

/// <summary>
/// The agent's families, written anew: whoever has taken the guest over must not be able to say anything about other sandboxes, or to spoil the
/// text. What is no sample of a family that an agent has is left out.
/// </summary>
internal static class GuestText
{
    private const int MaxChars = 64 * 1024;
    private const int MaxSamples = 256;
    private const int MaxLabelChars = 64;

    private static readonly FrozenDictionary<string, int> s_places =
        GuestFamilies.All.Select(static (family, place) => KeyValuePair.Create(family.Name, place)).ToFrozenDictionary();

    /// <summary>Writes what a text of the agent says.</summary>
    /// <param name="text">Gets the samples.</param>
    /// <param name="guest">The agent's text.</param>
    public static void Write(Exposition text, string guest)
    {
        var samples = new SortedDictionary<(int Family, int Turn), (double Value, string? Label)>();
        var seen = new HashSet<(int Family, string? Label)>();
        foreach (var line in guest.AsSpan(0, Math.Min(guest.Length, MaxChars)).EnumerateLines())
        {
            if (samples.Count < MaxSamples && TryRead(line, out var family, out var label, out var value) && seen.Add((family, label)))
                samples.Add((family, samples.Count), (value, label));
        }

        foreach (var ((family, _), (value, label)) in samples)
            text.Add(GuestFamilies.All[family], value, label is null ? [] : [label]);
    }

    // NAME VALUE, or NAME{LABEL="…"} VALUE: an agent's families have one label at most.
    private static bool TryRead(ReadOnlySpan<char> line, out int family, out string? label, out double value)
    {
        (family, label, value) = (0, null, 0);
        var end = line.IndexOfAny('{', ' ');
        if (end <= 0 || !s_places.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(line[..end], out family))
            return false;
        var rest = line[end..];
        if (GuestFamilies.All[family].Labels is [var name])
        {
            if (!rest.StartsWith($"{{{name}=\"", StringComparison.Ordinal))
                return false;
            rest = rest[(name.Length + 3)..];
            end = rest.IndexOf('"');
            if (end is < 0 or > MaxLabelChars || rest[..end].ContainsAnyExcept(s_labelChars) || !rest[end..].StartsWith("\"} ", StringComparison.Ordinal))
                return false;
            label = rest[..end].ToString();
            rest = rest[(end + 2)..];
        }

        return rest is [' ', ..] && double.TryParse(rest[1..], NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
    }

    private static readonly System.Buffers.SearchValues<char> s_labelChars =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-@");
}
