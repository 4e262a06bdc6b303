using System;
using System.Collections.Generic;

namespace KataShimNet.Fsd.Commands;

/// <summary>
/// The older ways to say things that virtiofsd still understands: <c>-o a,b=c</c>, <c>-d</c>, <c>-f</c>, <c>--socket</c>. They are
/// written out as the options of today before anything else reads the command line.
/// </summary>
internal static class CompatOptions
{
    /// <summary>Writes a command line out.</summary>
    /// <param name="args">Arguments without the program's name.</param>
    /// <exception cref="FormatException">There is no such older option; the message names it.</exception>
    public static string[] Expand(IReadOnlyList<string> args)
    {
        var expanded = new List<string>();
        for (var i = 0; i < args.Count; i++)
        {
            switch (args[i])
            {
                case "-o":
                    if (++i == args.Count)
                        throw new FormatException("-o needs options, such as -o source=/srv/files,xattr");
                    AddAll(expanded, args[i]);
                    break;
                case "-d":
                    Put(expanded, "--log-level=debug");
                    break;
                case "-f":
                    // It never went to the background.
                    break;
                case "--socket":
                    expanded.Add("--socket-path");
                    break;
                default:
                    if (args[i].StartsWith("-o", StringComparison.Ordinal))
                        AddAll(expanded, args[i][2..]);
                    else
                        expanded.Add(args[i].StartsWith("--socket=", StringComparison.Ordinal) ? "--socket-path" + args[i][8..] : args[i]);
                    break;
            }
        }

        return [.. expanded];
    }

    private static void AddAll(List<string> expanded, string options)
    {
        foreach (var option in options.Split(','))
        {
            var split = option.IndexOf('=', StringComparison.Ordinal);
            var word = split < 0 ? Single(option) : Pair(option[..split], option[(split + 1)..], option);
            if (word is not null)
                Put(expanded, word);
        }
    }

    // Of the older forms the last one counts.
    private static void Put(List<string> expanded, string word)
    {
        var name = word.Split('=')[0];
        expanded.RemoveAll(earlier => earlier == name || earlier.StartsWith(name + "=", StringComparison.Ordinal));
        expanded.Add(word);
    }

    // Null says what is so in any case.
    private static string? Single(string option) => option switch
    {
        "xattr" => "--xattr",
        "no_readdirplus" => "--no-readdirplus",
        "writeback" => "--writeback",
        "allow_direct_io" => "--allow-direct-io",
        "killpriv_v2" => "--killpriv-v2",
        "posix_acl" => "--posix-acl=always",
        "security_label" => "--security-label=always",
        "announce_submounts" => "--announce-submounts",
        "no_posix_lock" or "no_flock" => "--no-host-locks",
        "no_xattr" or "readdirplus" or "no_writeback" or "no_allow_direct_io" or "no_killpriv_v2" or "no_posix_acl" or "no_security_label"
            or "posix_lock" or "flock" => null,
        _ => throw new FormatException($"-o {option}: there is no such option; see --help for those of today"),
    };

    private static string Pair(string name, string value, string option) => name switch
    {
        "source" => $"--shared-dir={value}",
        "cache" => $"--cache={(value == "none" ? "never" : value)}",
        "loglevel" => $"--log-level={(value == "err" ? "error" : value)}",
        "sandbox" => $"--sandbox={value}",
        "modcaps" => $"--modcaps={value}",
        "xattrmap" => $"--xattrmap={value}",
        _ => throw new FormatException($"-o {option}: there is no such option; see --help for those of today"),
    };
}
