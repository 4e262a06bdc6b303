using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace KataShimNet.Cli.Checks;

/// <summary>containerd: there, new enough, running, and told of the handler.</summary>
internal static class ContainerdCheck
{
    private const string Socket = "/run/containerd/containerd.sock";

    private const string Settings = "/etc/containerd";

    private const string RuntimeType = "io.containerd.katanet.v2";

    private static readonly Version s_least = new(1, 6);

    public static IEnumerable<CheckLine> Run(CheckContext context)
    {
        Machine machine = context.Machine;
        if (machine.FindProgram("containerd", SearchPath(machine)) is not { } program)
            yield return CheckLine.Fail("containerd", "it is in no folder of PATH", $"install containerd {s_least} or later");
        else if (machine.FirstLineOf(program, "--version", out string error) is not { } line)
            yield return CheckLine.Fail("containerd", error, "install containerd anew");
        else if (VersionIn.Text(line) is not { } version || version < s_least)
            yield return CheckLine.Fail("containerd", $"{program} says: {line}", $"install containerd {s_least} or later");
        else if (!Path.Exists(machine.At(Socket)))
            yield return CheckLine.Warn("containerd", $"{program}, version {version}; it does not run, there is no {Socket}", "start containerd");
        else
            yield return CheckLine.Pass("containerd", $"{program}, version {version}");

        // Sought as text: containerd reads files in an order of its own, and a name here is enough to tell the intent.
        string? file = machine.FilesBelow(Settings, ".toml").FirstOrDefault(
            file => machine.Text(file)?.Contains($"\"{RuntimeType}\"", StringComparison.Ordinal) == true
                || machine.Text(file)?.Contains($"'{RuntimeType}'", StringComparison.Ordinal) == true);
        yield return file is null
            ? CheckLine.Warn("handler", $"no file below {Settings} names {RuntimeType}",
                $"Kubernetes needs it, see README; ctr run --runtime {RuntimeType} works without")
            : CheckLine.Pass("handler", file);
    }

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
