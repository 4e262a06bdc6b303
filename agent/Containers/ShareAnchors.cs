using System.Collections.Generic;
using System.IO;
using KataShimNet.Agent.Boot;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Kata.Oci;

namespace KataShimNet.Agent.Containers;

/// <summary>
/// Holds the exports that containers use as volumes, so that all of them get the same mount and with it the same super block: one page
/// cache. The mount that the kernel makes by itself below the share does not last: it goes when the name is looked up anew.
/// </summary>
internal sealed class ShareAnchors
{
    private const string Base = GuestContract.ContainersPath + "/sandbox/exports";

    // Uses of an export, by its name. Guards itself.
    private readonly Dictionary<string, int> _uses = [];

    /// <summary>Where an export is held.</summary>
    /// <param name="name">Its name.</param>
    public static string PathOf(string name) => Path.Combine(Base, name);

    /// <summary>Holds the folders that a container's mounts and storages come from, and rewrites these to what is held.</summary>
    /// <param name="spec">The container's spec; the sources of its mounts are changed.</param>
    /// <param name="storages">Its storages; their sources are changed.</param>
    /// <returns>What to give to <see cref="Release"/>.</returns>
    /// <exception cref="Linux.LinuxException">The kernel refuses; nothing is held then.</exception>
    public IReadOnlyList<string> Take(Spec spec, IEnumerable<Storage> storages)
    {
        var taken = new List<string>();
        try
        {
            foreach (var mount in spec.Mounts)
                mount.Source = Take(mount.Source, taken);
            foreach (var storage in storages)
                storage.Source = Take(storage.Source, taken);
            return taken;
        }
        catch
        {
            Release(taken);
            throw;
        }
    }

    /// <summary>Gives up what a container used; an export that nobody uses is let go of.</summary>
    /// <param name="taken">From <see cref="Take(Spec, IEnumerable{Storage})"/>.</param>
    public void Release(IEnumerable<string> taken)
    {
        lock (_uses)
        {
            foreach (var name in taken)
            {
                if (--_uses[name] > 0)
                    continue;
                _uses.Remove(name);
                Mounts.Detach(Path.Combine(Base, name));
                Directory.Delete(Path.Combine(Base, name));
            }
        }
    }

    private string Take(string source, List<string> taken)
    {
        if (ShareMounts.ShareOf(source) is not { } share)
            return source;
        // Exports of both shares have different names.
        var name = source[share.Length..].Split('/')[0];
        // A single file is no mount of its own: its inode is the same for all.
        if (name.Length == 0 || !Directory.Exists(share + name))
            return source;
        var anchor = Path.Combine(Base, name);
        lock (_uses)
        {
            if (!_uses.ContainsKey(name))
            {
                Directory.CreateDirectory(anchor);
                Mounts.Bind(share + name, anchor, recursive: false);
            }

            _uses[name] = _uses.GetValueOrDefault(name) + 1;
        }

        taken.Add(name);
        return anchor + source[(share.Length + name.Length)..];
    }
}
