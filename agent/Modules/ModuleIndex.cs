using System;
using System.Collections.Generic;
using System.IO;

namespace KataShimNet.Agent.Modules;

/// <summary>
/// What modules.dep, modules.builtin and modules.alias say (depmod(8)): where a module's file is, what must be loaded before it, and by
/// which other names the kernel asks for it.
/// </summary>
internal sealed class ModuleIndex
{
    private readonly Dictionary<string, string[]> _files = [];
    private readonly HashSet<string> _builtin = [];
    private readonly Dictionary<string, string> _aliases = [];

    /// <summary>Parses the files.</summary>
    /// <param name="dependencies">Lines of modules.dep: <c>file: needed needed…</c>, the nearest need first.</param>
    /// <param name="builtin">Lines of modules.builtin: a file each.</param>
    /// <param name="aliases">Lines of modules.alias: <c>alias name module</c>. Patterns are of devices, whose drivers are known otherwise: passed over.</param>
    public ModuleIndex(IEnumerable<string> dependencies, IEnumerable<string> builtin, IEnumerable<string> aliases)
    {
        foreach (var line in dependencies)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
                continue;
            var needs = line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            // modules.dep lists the nearest need first, so the order to load is the reverse, the module itself last.
            Array.Reverse(needs);
            _files[NameOf(line[..colon])] = [.. needs, line[..colon]];
        }

        foreach (var line in builtin)
        {
            if (line.Length > 0)
                _builtin.Add(NameOf(line));
        }

        foreach (var line in aliases)
        {
            if (line.Split(' ') is ["alias", var alias, var module] && alias.AsSpan().IndexOfAny("*?[") < 0)
                _aliases.TryAdd(Normal(alias), Normal(module));
        }
    }

    /// <summary>Reads the index of a folder such as /lib/modules/6.1.0; what is missing counts as empty.</summary>
    /// <param name="folder">The folder.</param>
    public static ModuleIndex Read(string folder)
    {
        return new ModuleIndex(Lines("modules.dep"), Lines("modules.builtin"), Lines("modules.alias"));

        string[] Lines(string name)
        {
            var path = Path.Combine(folder, name);
            return File.Exists(path) ? File.ReadAllLines(path) : [];
        }
    }

    /// <summary>The files to load, in order, the module's own last; empty when it is built in.</summary>
    /// <param name="name">Name of the module, or an alias such as <c>rtnl-link-dummy</c>; <c>-</c> and <c>_</c> mean the same.</param>
    /// <param name="files">Paths below the folder.</param>
    /// <returns>False when this kernel has no such module.</returns>
    public bool TryFind(string name, out IReadOnlyList<string> files)
    {
        var key = Normal(name);
        if (!_files.ContainsKey(key) && _aliases.TryGetValue(key, out var module))
            key = module;
        if (_files.TryGetValue(key, out var found))
        {
            files = found;
            return true;
        }

        files = [];
        return _builtin.Contains(key);
    }

    /// <summary>Name of a module by its file: <c>kernel/fs/9p/9p.ko</c> → <c>9p</c>.</summary>
    /// <param name="file">Path of the file; a suffix of compression is dropped too.</param>
    public static string NameOf(string file)
    {
        var name = file[(file.LastIndexOf('/') + 1)..].Trim();
        var suffix = name.IndexOf(".ko", StringComparison.Ordinal);
        return Normal(suffix < 0 ? name : name[..suffix]);
    }

    private static string Normal(string name) => name.Replace('-', '_');
}
