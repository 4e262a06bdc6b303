using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace KataShimNet.Fsd.Exports;

/// <summary>
/// User or group ids of the guest and what they are on the host, in the language of virtiofsd's <c>--translate-uid</c>. Each direction is
/// independent of the other; ids that no range speaks of are the same on both sides.
/// </summary>
internal sealed class IdMap
{
    private readonly Range[] _toHost;
    private readonly Range[] _toGuest;

    private IdMap(List<Range> toHost, List<Range> toGuest) => (_toHost, _toGuest) = (Sorted(toHost), Sorted(toGuest));

    /// <summary>Reads ranges.</summary>
    /// <param name="texts">
    /// <c>guest:GUEST:HOST:COUNT</c>, <c>host:HOST:GUEST:COUNT</c>, <c>map:GUEST:HOST:COUNT</c> (both directions),
    /// <c>squash-guest:GUEST:HOST:COUNT</c>, <c>squash-host:HOST:GUEST:COUNT</c> (all to one), <c>forbid-guest:GUEST:COUNT</c>.
    /// </param>
    /// <returns>Null when there are none.</returns>
    /// <exception cref="FormatException">The message says what is wrong with which.</exception>
    public static IdMap? Parse(IReadOnlyList<string> texts)
    {
        if (texts.Count == 0)
            return null;
        var toHost = new List<Range>();
        var toGuest = new List<Range>();
        foreach (var text in texts)
        {
            var fields = text.Split(':');
            var wanted = fields[0] switch
            {
                "guest" or "host" or "map" or "squash-guest" or "squash-host" => 4,
                "forbid-guest" => 3,
                _ => throw new FormatException(
                    $"\"{text}\" begins with none of guest, host, map, squash-guest, squash-host and forbid-guest"),
            };
            if (fields.Length != wanted)
                throw new FormatException($"\"{text}\" has {fields.Length - 1} numbers, {fields[0]} takes {wanted - 1}");
            var numbers = fields.Skip(1).Select(field => Number(text, field)).ToArray();
            switch (fields[0])
            {
                case "guest":
                    Add(toHost, text, numbers, Kind.OneToOne);
                    break;
                case "host":
                    Add(toGuest, text, numbers, Kind.OneToOne);
                    break;
                case "map":
                    Add(toHost, text, numbers, Kind.OneToOne);
                    Add(toGuest, text, [numbers[1], numbers[0], numbers[2]], Kind.OneToOne);
                    break;
                case "squash-guest":
                    Add(toHost, text, numbers, Kind.Squash);
                    break;
                case "squash-host":
                    Add(toGuest, text, numbers, Kind.Squash);
                    break;
                default:
                    Add(toHost, text, [numbers[0], 0, numbers[1]], Kind.Forbid);
                    break;
            }
        }

        return new IdMap(toHost, toGuest);
    }

    /// <summary>What an id of the guest is on the host.</summary>
    /// <param name="guest">The guest's id.</param>
    /// <param name="host">The host's.</param>
    /// <returns>False when its use is forbidden.</returns>
    public bool TryToHost(uint guest, out uint host)
    {
        host = Map(_toHost, guest, out var forbidden);
        return !forbidden;
    }

    /// <summary>What an id of the host is for the guest.</summary>
    /// <param name="host">The host's id.</param>
    public uint ToGuest(uint host) => Map(_toGuest, host, out _);

    private static uint Map(Range[] ranges, uint id, out bool forbidden)
    {
        forbidden = false;
        foreach (var range in ranges)
        {
            if (id < range.First)
                break;
            if (id > range.Last)
                continue;
            forbidden = range.Kind == Kind.Forbid;
            return range.Kind == Kind.OneToOne ? range.Target + (id - range.First) : range.Target;
        }

        return id;
    }

    private static uint Number(string text, string field) =>
        uint.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new FormatException($"\"{text}\": \"{field}\" is no number from 0 to {uint.MaxValue}");

    private static void Add(List<Range> ranges, string text, uint[] numbers, Kind kind)
    {
        var (first, target, count) = (numbers[0], numbers[1], numbers[2]);
        // The highest number is no id: chown(2) takes it for "unchanged".
        if (count == 0 || (ulong)first + count > uint.MaxValue || (kind == Kind.OneToOne && (ulong)target + count > uint.MaxValue))
            throw new FormatException($"\"{text}\": the range is empty or ends above {uint.MaxValue - 1}");
        var range = new Range(first, first + count - 1, target, kind);
        if (ranges.Exists(other => other.First <= range.Last && range.First <= other.Last))
            throw new FormatException($"\"{text}\" overlaps with an earlier range");
        ranges.Add(range);
    }

    private static Range[] Sorted(List<Range> ranges) => [.. ranges.OrderBy(range => range.First)];

    private enum Kind
    {
        OneToOne,
        Squash,
        Forbid,
    }

    private readonly record struct Range(uint First, uint Last, uint Target, Kind Kind);
}
