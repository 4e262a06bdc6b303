using System;
using System.Diagnostics.CodeAnalysis;

namespace KataShimNet.RuntimeConfig.Options;

/// <summary>A folder of the host that every guest has: an item of <see cref="SharingOptions.SandboxBindMounts"/>.</summary>
/// <param name="Path">The host's path, without a slash at its end.</param>
/// <param name="Writable">Whether the guest may change it; Kata's default is no.</param>
public sealed record SandboxBindMount(string Path, bool Writable)
{
    private const string ReadOnly = ":ro";
    private const string ReadWrite = ":rw";

    /// <summary>Its name in the guest: the last part of the path.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>Reads <c>/PATH</c>, <c>/PATH:ro</c> or <c>/PATH:rw</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="mount">What it says.</param>
    /// <returns>False when it is no absolute path, or one that has no name at its end.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out SandboxBindMount? mount)
    {
        bool writable = text.EndsWith(ReadWrite, StringComparison.Ordinal);
        if (writable || text.EndsWith(ReadOnly, StringComparison.Ordinal))
            text = text[..^ReadOnly.Length];
        mount = new SandboxBindMount(text.TrimEnd('/'), writable);
        if (text.StartsWith('/') && mount.Name is not ("" or "." or ".."))
            return true;
        mount = null;
        return false;
    }
}
