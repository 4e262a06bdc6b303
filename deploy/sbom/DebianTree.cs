using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace KataShimNet.Sbom;

/// <summary>The packages of a Debian tree: which are installed, and whose a file is (dpkg's books, /var/lib/dpkg).</summary>
/// <param name="root">The tree.</param>
internal sealed class DebianTree(string root)
{
    private readonly Dictionary<string, Dictionary<string, string>> _packages = ReadStatus(Path.Combine(root, "var/lib/dpkg/status"));

    /// <summary>The package of that name, or null when it is not installed.</summary>
    /// <param name="name">Its name, without an architecture.</param>
    /// <param name="type">What the component is.</param>
    /// <param name="place">Where in the product it is.</param>
    public Component? Find(string name, string type, string place)
    {
        if (!_packages.TryGetValue(name, out Dictionary<string, string>? fields))
            return null;
        string version = fields["Version"];
        string url = $"pkg:deb/debian/{name}@{Uri.EscapeDataString(version)}?arch={fields["Architecture"]}";
        List<ComponentProperty> properties = [new("katanet:place", place)];
        if (fields.TryGetValue("Source", out string? source))
            properties.Add(new("katanet:source", source));
        return new Component(type, name, version, url) { Properties = properties };
    }

    /// <summary>Names of the packages that have a file of one of these names; the merged /usr counts as the root.</summary>
    /// <param name="files">Absolute paths in the tree.</param>
    public IEnumerable<string> OwnersOf(IEnumerable<string> files)
    {
        HashSet<string> wanted = files.Select(Unmerged).ToHashSet(StringComparer.Ordinal);
        foreach (string list in Directory.EnumerateFiles(Path.Combine(root, "var/lib/dpkg/info"), "*.list").Order(StringComparer.Ordinal))
        {
            // "libc6:amd64.list" where several architectures may be installed.
            if (File.ReadLines(list).Any(path => wanted.Contains(Unmerged(path))))
                yield return Path.GetFileNameWithoutExtension(list).Split(':')[0];
        }
    }

    private static string Unmerged(string path) => path.StartsWith("/usr/lib", StringComparison.Ordinal) ? path["/usr".Length..] : path;

    private static Dictionary<string, Dictionary<string, string>> ReadStatus(string path)
    {
        Dictionary<string, Dictionary<string, string>> packages = [];
        Dictionary<string, string> fields = [];
        foreach (string line in File.ReadLines(path).Append(""))
        {
            int colon = line.IndexOf(": ", StringComparison.Ordinal);
            if (line.Length == 0)
            {
                if (fields.TryGetValue("Package", out string? name) && fields.GetValueOrDefault("Status") == "install ok installed")
                    packages.TryAdd(name, fields);
                fields = [];
            }
            else if (colon > 0 && line[0] != ' ')
            {
                fields[line[..colon]] = line[(colon + 2)..];
            }
        }
        return packages;
    }
}
