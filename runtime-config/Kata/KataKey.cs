using System;
using System.Collections.Generic;

namespace KataShimNet.RuntimeConfig.Kata;

/// <summary>A key of Kata's settings, and what it is here.</summary>
/// <param name="Name">The whole key, as in <c>hypervisor.qemu.default_vcpus</c>.</param>
/// <param name="Ours">The keys of ours that it becomes, for the table; empty when there is none.</param>
/// <param name="Note">What a reader should know: how values differ, or why there is no equal.</param>
/// <param name="Take">Gives our settings for a value, or null when that value has no equal, of which the note tells the reason.</param>
internal sealed record KataKey(string Name, string Ours, string Note, Func<KataValue, IReadOnlyList<OurSetting>?> Take)
{
    /// <summary>The value as it is.</summary>
    public static KataKey Same(string name, string ours, string note = "") => new(name, $"`{ours}`", note, value => [new(ours, value)]);

    /// <summary>One word in place of another; null says nothing, so that our default holds. Other words have no equal.</summary>
    public static KataKey Words(string name, string ours, string note, params (string Theirs, string? Mine)[] words) => new(name, $"`{ours}`", note, value =>
    {
        foreach ((string theirs, string? mine) in words)
        {
            if (value.Is(theirs))
                return mine is null ? [] : [new(ours, KataValue.Of(mine))];
        }
        return null;
    });

    /// <summary>true for false.</summary>
    public static KataKey Opposite(string name, string ours) => Words(name, ours, "the opposite", ("true", "false"), ("false", "true"));

    /// <summary>What is always so here: these values ask for nothing, others have no equal.</summary>
    public static KataKey Always(string name, string note, params string[] values) =>
        new(name, "", note, value => Array.Exists(values, value.Is) ? [] : null);

    /// <summary>No equal, whatever the value.</summary>
    public static KataKey None(string name, string reason) => new(name, "", reason, static _ => null);
}

/// <summary>A setting of ours with a value.</summary>
/// <param name="Key">The whole key, as in <c>hypervisor.vcpus</c>.</param>
/// <param name="Value">The value.</param>
internal sealed record OurSetting(string Key, KataValue Value);
