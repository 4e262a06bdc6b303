using System.Collections.Generic;
using System.Linq;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Storages;

/// <summary>Options as mount(8) has them, split into what the kernel takes as bits and what the file system takes as text.</summary>
/// <param name="Flags">MS_ bits.</param>
/// <param name="Data">The others, separated by commas; null when there are none.</param>
internal readonly record struct MountOptions(nuint Flags, string? Data)
{
    private static readonly Dictionary<string, (nuint Bit, bool Clear)> s_flags = new()
    {
        ["defaults"] = (0, false),
        ["rw"] = (SysMount.MS_RDONLY, true),
        ["ro"] = (SysMount.MS_RDONLY, false),
        ["suid"] = (SysMount.MS_NOSUID, true),
        ["nosuid"] = (SysMount.MS_NOSUID, false),
        ["dev"] = (SysMount.MS_NODEV, true),
        ["nodev"] = (SysMount.MS_NODEV, false),
        ["exec"] = (SysMount.MS_NOEXEC, true),
        ["noexec"] = (SysMount.MS_NOEXEC, false),
        ["async"] = (SysMount.MS_SYNCHRONOUS, true),
        ["sync"] = (SysMount.MS_SYNCHRONOUS, false),
        ["dirsync"] = (SysMount.MS_DIRSYNC, false),
        ["atime"] = (SysMount.MS_NOATIME, true),
        ["noatime"] = (SysMount.MS_NOATIME, false),
        ["diratime"] = (SysMount.MS_NODIRATIME, true),
        ["nodiratime"] = (SysMount.MS_NODIRATIME, false),
        ["relatime"] = (SysMount.MS_RELATIME, false),
        ["norelatime"] = (SysMount.MS_RELATIME, true),
        ["strictatime"] = (SysMount.MS_STRICTATIME, false),
        ["nostrictatime"] = (SysMount.MS_STRICTATIME, true),
        ["lazytime"] = (SysMount.MS_LAZYTIME, false),
        ["nosymfollow"] = (SysMount.MS_NOSYMFOLLOW, false),
        ["bind"] = (SysMount.MS_BIND, false),
        ["rbind"] = (SysMount.MS_BIND | SysMount.MS_REC, false),
    };

    /// <summary>Splits options. Each entry may itself be a list with commas; a later one overrides an earlier one.</summary>
    /// <param name="options">The options.</param>
    public static MountOptions Parse(IEnumerable<string> options)
    {
        nuint flags = 0;
        var data = new List<string>();
        foreach (var option in options.SelectMany(o => o.Split(',')))
        {
            if (option.Length == 0)
                continue;
            if (!s_flags.TryGetValue(option, out var flag))
                data.Add(option);
            else if (flag.Clear)
                flags &= ~flag.Bit;
            else
                flags |= flag.Bit;
        }

        return new MountOptions(flags, data.Count == 0 ? null : string.Join(',', data));
    }

    /// <summary>Takes <c>key=…</c> out of the file system's options: some are meant for us.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">Its value.</param>
    /// <returns>The options without it.</returns>
    public MountOptions Take(string key, out string? value)
    {
        var words = (Data ?? "").Split(',').Where(w => w.Length > 0).ToList();
        var at = words.FindIndex(w => w.StartsWith(key + "=", System.StringComparison.Ordinal));
        value = at < 0 ? null : words[at][(key.Length + 1)..];
        if (at >= 0)
            words.RemoveAt(at);
        return this with { Data = words.Count == 0 ? null : string.Join(',', words) };
    }
}
