using System;
using System.Collections.Generic;

namespace KataShimNet.Shim.Commands;

/// <summary>What the program is asked to do.</summary>
internal enum ShimAction
{
    /// <summary>Verb <c>start</c>: find or make the server of a container's sandbox, and print its address.</summary>
    Start,

    /// <summary>Verb <c>delete</c>: remove what a container left behind.</summary>
    Delete,

    /// <summary>Internal verb <c>serve</c>: be the server.</summary>
    Serve,

    /// <summary>Flag <c>-info</c>: describe the runtime.</summary>
    Info,

    /// <summary>Flag <c>-v</c>: print the version.</summary>
    Version,
}

/// <summary>The command line that containerd gives to a shim: flags of Go's form, then a verb.</summary>
internal sealed record ShimArguments
{
    // Flags of the contract that carry a value; everything else with a dash is a switch or an error.
    private static readonly HashSet<string> s_valued = ["namespace", "id", "address", "publish-binary", "bundle", "socket", "config", "sandbox"];

    /// <summary>What to do.</summary>
    public required ShimAction Action { get; init; }

    /// <summary><c>-namespace</c>: containerd's namespace.</summary>
    public string Namespace { get; init; } = "";

    /// <summary><c>-id</c>: the container. For <c>serve</c> the one that the server was made for.</summary>
    public string Id { get; init; } = "";

    /// <summary><c>-address</c>: containerd's gRPC socket.</summary>
    public string Address { get; init; } = "";

    /// <summary><c>-publish-binary</c>: containerd's program.</summary>
    public string PublishBinary { get; init; } = "";

    /// <summary><c>-bundle</c>: the bundle; empty where it is the working directory.</summary>
    public string Bundle { get; init; } = "";

    /// <summary><c>-sandbox</c>: of <c>serve</c> only, the sandbox's id.</summary>
    public string Sandbox { get; init; } = "";

    /// <summary><c>-config</c>: of <c>serve</c> only, the settings file; empty for the defaults.</summary>
    public string Config { get; init; } = "";

    /// <summary><c>-debug</c>: containerd logs at debug level.</summary>
    public bool Debug { get; init; }

    /// <summary>Reads a command line: <c>-x v</c>, <c>-x=v</c>, <c>--x v</c> and <c>--x=v</c> mean the same.</summary>
    /// <param name="arguments">Without the program's name.</param>
    /// <exception cref="ArgumentException">An unknown flag or verb, a flag without its value, or an action without what it needs.</exception>
    public static ShimArguments Parse(IReadOnlyList<string> arguments)
    {
        var values = new Dictionary<string, string>();
        var switches = new HashSet<string>();
        var at = 0;
        for (; at < arguments.Count && arguments[at].Length > 1 && arguments[at][0] == '-'; at++)
        {
            var flag = arguments[at].StartsWith("--", StringComparison.Ordinal) ? arguments[at][2..] : arguments[at][1..];
            if (flag.Length == 0)
            {
                at++;
                break;
            }

            var equals = flag.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? flag : flag[..equals];
            if (s_valued.Contains(name))
            {
                if (equals < 0 && ++at == arguments.Count)
                    throw new ArgumentException($"flag -{name} needs a value");
                values[name] = equals < 0 ? arguments[at] : flag[(equals + 1)..];
            }
            else if (name is "debug" or "info" or "v")
            {
                if (equals < 0 || flag[(equals + 1)..] is "true" or "1")
                    switches.Add(name);
            }
            else
            {
                throw new ArgumentException($"flag -{name} is not known");
            }
        }

        return Build(values, switches, at < arguments.Count ? arguments[at] : "");
    }

    private static ShimArguments Build(Dictionary<string, string> values, HashSet<string> switches, string verb)
    {
        var action = (switches.Contains("v"), switches.Contains("info"), verb) switch
        {
            (true, _, _) => ShimAction.Version,
            (_, true, _) => ShimAction.Info,
            (_, _, "start") => ShimAction.Start,
            (_, _, "delete") => ShimAction.Delete,
            (_, _, "serve") => ShimAction.Serve,
            (_, _, "") => throw new ArgumentException("which action? start and delete are called by containerd; -v and -info print what this is"),
            _ => throw new ArgumentException($"action {verb} is not known; there are start, delete, -v and -info"),
        };
        var parsed = new ShimArguments
        {
            Action = action,
            Namespace = values.GetValueOrDefault("namespace", ""),
            Id = values.GetValueOrDefault("id", ""),
            Address = values.GetValueOrDefault("address", ""),
            PublishBinary = values.GetValueOrDefault("publish-binary", ""),
            Bundle = values.GetValueOrDefault("bundle", ""),
            Sandbox = values.GetValueOrDefault("sandbox", ""),
            Config = values.GetValueOrDefault("config", ""),
            Debug = switches.Contains("debug"),
        };
        if (action is ShimAction.Start or ShimAction.Delete or ShimAction.Serve)
        {
            CheckName("namespace", parsed.Namespace);
            CheckName("id", parsed.Id);
        }

        return parsed;
    }

    // Both become names of folders.
    private static void CheckName(string flag, string value)
    {
        if (value.Length == 0)
            throw new ArgumentException($"flag -{flag} is missing");
        if (value is "." or ".." || value.Contains('/', StringComparison.Ordinal) || value.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException($"flag -{flag}: {value} cannot be a name");
    }
}
