using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace KataShimNet.Cli.Checks;

/// <summary>containerd: there, new enough, running, and told of the handler.</summary>
internal static partial class ContainerdCheck
{
    private const string Socket = "/run/containerd/containerd.sock";

    private const string Settings = "/etc/containerd";

    private const string RuntimeType = "io.containerd.katanet.v2";

    private static readonly Version s_least = new(1, 6);

    public static IEnumerable<CheckLine> Run(CheckContext context)
    {
        Machine machine = context.Machine;
        CheckLine containerd = Containerd(machine, out Version? version);
        return [containerd, Handler(machine, version)];
    }

    private static CheckLine Containerd(Machine machine, out Version? version)
    {
        version = null;
        if (machine.FindProgram("containerd", SearchPath(machine)) is not { } program)
            return CheckLine.Fail("containerd", "it is in no folder of PATH", $"install containerd {s_least} or later");
        if (machine.FirstLineOf(program, "--version", out string error) is not { } line)
            return CheckLine.Fail("containerd", error, "install containerd anew");
        version = VersionIn.Text(line);
        if (version is null || version < s_least)
            return CheckLine.Fail("containerd", $"{program} says: {line}", $"install containerd {s_least} or later");
        return Path.Exists(machine.At(Socket))
            ? CheckLine.Pass("containerd", $"{program}, version {version}")
            : CheckLine.Warn("containerd", $"{program}, version {version}; it does not run, there is no {Socket}", "start containerd");
    }

    private static CheckLine Handler(Machine machine, Version? version)
    {
        // Sought as text: containerd reads files in an order of its own, and a name here is enough to tell the intent.
        (string Path, string Text)[] files = [.. machine.FilesBelow(Settings, ".toml").Select(file => (file, machine.Text(file) ?? ""))];
        string? file = files.FirstOrDefault(file => file.Text.Contains($"\"{RuntimeType}\"", StringComparison.Ordinal)
            || file.Text.Contains($"'{RuntimeType}'", StringComparison.Ordinal)).Path;
        if (file is null)
        {
            return CheckLine.Warn("handler", $"no file below {Settings} names {RuntimeType}",
                $"Kubernetes needs it: run {HandlerProgram} add; ctr run --runtime {RuntimeType} works without");
        }

        return version is { Major: 1 } && !files.Any(file => OtherHandler().IsMatch(file.Text))
            ? CheckLine.Warn("handler", $"{file}; no other handler: containerd {version} forgets its own runc then, and makes no pods at all",
                $"run {HandlerProgram} add --edit-main, or name runc too, and restart containerd")
            : CheckLine.Pass("handler", file);
    }

    // Where the installation puts it, seen from this program.
    private static string HandlerProgram =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Environment.ProcessPath) ?? "/usr/bin", "../libexec/katanet/containerd-handler"));

    // Handlers of the operator, or options of them; ours have names that begin with "katanet".
    [GeneratedRegex("^[^#\n]*\\.runtimes(?:\\]|\\.[\"']?(?!katanet))", RegexOptions.Multiline)]
    private static partial Regex OtherHandler();

    /// <summary>The PATH of the containerd that runs, by which it looks for shims; otherwise ours.</summary>
    public static string SearchPath(Machine machine)
    {
        foreach (string folder in Directory.Exists(machine.At("/proc")) ? Directory.EnumerateDirectories(machine.At("/proc")) : [])
        {
            string process = "/proc/" + Path.GetFileName(folder);
            if (!char.IsAsciiDigit(process[^1]) || machine.Text(process + "/comm")?.Trim() != "containerd")
                continue;
            string? path = machine.Text(process + "/environ")?.Split('\0').FirstOrDefault(name => name.StartsWith("PATH=", StringComparison.Ordinal));
            if (path is not null)
                return path["PATH=".Length..];
        }
        return Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    }
}
