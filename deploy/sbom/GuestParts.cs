using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace KataShimNet.Sbom;

/// <summary>What of Debian is in the product: the guest's programs, libraries, modules and kernel, and what our programs are linked with.</summary>
internal static class GuestParts
{
    // Static programs have these within themselves; they come from the machine that builds.
    private static readonly string[] s_linked = ["libc6-dev", "zlib1g-dev"];

    /// <summary>Lists them.</summary>
    /// <param name="guest">Folder that deploy/guest/build.sh wrote.</param>
    /// <param name="node">The Debian tree that it took them from.</param>
    /// <param name="builder">The root of the machine that builds.</param>
    public static IEnumerable<Component> Read(string guest, DebianTree node, DebianTree builder)
    {
        string tree = Path.Combine(guest, "guest");
        IEnumerable<string> files = Directory.EnumerateFiles(Path.Combine(tree, "usr"), "*", SearchOption.AllDirectories)
            .Select(path => path[tree.Length..]);
        foreach (string name in node.OwnersOf(files))
            yield return node.Find(name, "library", "guest tree") ?? throw new InvalidDataException($"{name} has files in the guest, but is not installed");

        // The kernel is of the package that has its modules.
        string[] kernels = [.. Directory.EnumerateDirectories(Path.Combine(tree, "lib/modules")).Select(path => $"/lib/modules/{Path.GetFileName(path)}/kernel")];
        string[] owners = [.. node.OwnersOf(kernels)];
        if (owners.Length == 0)
            throw new InvalidDataException($"no package of the tree has {string.Join(", ", kernels)}");
        foreach (string name in owners)
            yield return node.Find(name, "operating-system", "guest kernel") ?? throw new InvalidDataException($"{name} has the kernel, but is not installed");

        foreach (string name in s_linked)
        {
            if (builder.Find(name, "library", "linked into the programs") is { } component)
                yield return component;
        }
    }
}
