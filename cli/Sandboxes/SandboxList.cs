using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace KataShimNet.Cli.Sandboxes;

/// <summary>The sandboxes whose state lies in a folder.</summary>
/// <param name="stateDir">Setting <c>runtime.state_dir</c>.</param>
internal sealed class SandboxList(string stateDir)
{
    /// <summary>All of them, by namespace and id.</summary>
    public IReadOnlyList<SandboxEntry> All()
    {
        if (!Directory.Exists(stateDir))
            return [];
        var entries = new List<SandboxEntry>();
        foreach (string folder in Directory.EnumerateDirectories(stateDir).Order(StringComparer.Ordinal))
        {
            string[] name = Path.GetFileName(folder).Split(':', 2);
            if (name.Length == 2 && SandboxRecord.Read(folder) is { } record)
                entries.Add(SandboxEntry.From(name[0], name[1], folder, record));
        }
        return entries;
    }

    /// <summary>The sandbox of that id, or of the only id that begins so.</summary>
    /// <exception cref="CliException">There is none, or there are several.</exception>
    public SandboxEntry Find(string id)
    {
        IReadOnlyList<SandboxEntry> all = All();
        SandboxEntry[] found = [.. all.Where(entry => entry.Id == id)];
        if (found.Length == 0)
            found = [.. all.Where(entry => id.Length > 0 && entry.Id.StartsWith(id, StringComparison.Ordinal))];
        return found.Length switch
        {
            1 => found[0],
            0 => throw new CliException($"there is no sandbox {id}; katanet ps lists those of {stateDir}"),
            _ => throw new CliException($"{id} may be {string.Join(" or ", found.Select(static entry => $"{entry.Namespace}:{entry.Id}"))}: give more of the id"),
        };
    }
}
