using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace KataShimNet.Sandboxes;

/// <summary>The sandboxes whose state lies in a folder.</summary>
/// <param name="stateDir">Setting <c>runtime.state_dir</c>.</param>
public sealed class SandboxList(string stateDir)
{
    /// <summary>The folder.</summary>
    public string StateDir => stateDir;

    /// <summary>The folders of all of them, by namespace and id, without a look into them.</summary>
    public IReadOnlyList<SandboxFolder> Folders()
    {
        try
        {
            return [.. Directory.EnumerateDirectories(stateDir).Order(StringComparer.Ordinal).Select(SandboxFolder.Of).OfType<SandboxFolder>()];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <summary>All of them, by namespace and id.</summary>
    public IReadOnlyList<SandboxEntry> All() =>
        [.. Folders().Select(static folder => SandboxRecord.Read(folder.Path) is { } record ? SandboxEntry.From(folder, record) : null).OfType<SandboxEntry>()];

    /// <summary>The sandbox of that id, or of the only id that begins so.</summary>
    /// <param name="id">The id or its beginning.</param>
    /// <exception cref="SandboxException">There is none, or there are several.</exception>
    public SandboxEntry Find(string id)
    {
        IReadOnlyList<SandboxEntry> all = All();
        SandboxEntry[] found = [.. all.Where(entry => entry.Id == id)];
        if (found.Length == 0)
            found = [.. all.Where(entry => id.Length > 0 && entry.Id.StartsWith(id, StringComparison.Ordinal))];
        return found.Length switch
        {
            1 => found[0],
            0 => throw new SandboxException(SandboxProblem.NotFound, $"there is no sandbox {id}; katanet ps lists those of {stateDir}"),
            _ => throw new SandboxException(
                SandboxProblem.Ambiguous, $"{id} may be {string.Join(" or ", found.Select(static entry => $"{entry.Namespace}:{entry.Id}"))}: give more of the id"),
        };
    }
}
