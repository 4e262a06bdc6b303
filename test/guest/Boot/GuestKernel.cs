using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace KataShimNet.TestGuest.Boot;

/// <summary>A kernel for a test guest, and where its modules are.</summary>
/// <param name="Image">An ELF vmlinux (boots through PVH) or a bzImage.</param>
/// <param name="Modules">Folder with <c>modules.dep</c>; the modules in it are not compressed.</param>
public sealed record GuestKernel(string Image, string Modules)
{
    /// <summary>The kernel that <c>make guest</c> unpacked.</summary>
    /// <param name="artifacts">Folder <c>artifacts/guest</c>.</param>
    public static GuestKernel Built(string artifacts)
    {
        string modules = Path.Combine(artifacts, "guest/lib/modules");
        string release = Directory.Exists(modules) ? Directory.GetDirectories(modules).Order(StringComparer.Ordinal).LastOrDefault() ?? "" : "";
        return release.Length > 0
            ? new GuestKernel(Path.Combine(artifacts, "vmlinux"), release)
            : throw new GuestException($"there is no guest in {artifacts}; run make guest");
    }

    /// <summary>Files of some modules and of all they need, in loading order. What the kernel has built in is passed over.</summary>
    /// <param name="names">Names as modprobe(8) takes them.</param>
    public IReadOnlyList<string> Closure(params IEnumerable<string> names)
    {
        var needs = new Dictionary<string, string[]>();
        foreach (string line in File.ReadLines(Path.Combine(Modules, "modules.dep")))
        {
            string[] parts = line.Split(':', 2);
            needs[parts[0]] = parts[1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        }
        var byName = needs.Keys.ToDictionary(file => Path.GetFileNameWithoutExtension(file).Replace('-', '_'));
        var order = new List<string>();
        foreach (string name in names)
        {
            if (byName.TryGetValue(name.Replace('-', '_'), out string? file))
                Add(file);
        }
        return order;

        void Add(string file)
        {
            string path = Path.Combine(Modules, file);
            if (order.Contains(path))
                return;
            foreach (string needed in needs[file])
                Add(needed);
            order.Add(path);
        }
    }
}
