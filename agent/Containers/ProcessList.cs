using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using KataShimNet.AgentProto.Guest;

namespace KataShimNet.Agent.Containers;

/// <summary>What /proc says of processes (proc_pid_status(5), proc_pid_cmdline(5)).</summary>
internal static class ProcessList
{
    private const int LongestCommand = 4096;

    /// <summary>Describes processes; one that has ended meanwhile is left out.</summary>
    /// <param name="pids">Their numbers here.</param>
    /// <param name="names">Exec ids by number.</param>
    public static IEnumerable<GuestProcess> Describe(IEnumerable<int> pids, IReadOnlyDictionary<int, string> names)
    {
        foreach (var pid in pids.Order())
        {
            if (Read(pid) is not { } process)
                continue;
            process.ExecId = names.GetValueOrDefault(pid) ?? "";
            yield return process;
        }
    }

    /// <summary>Reads the text of a status file.</summary>
    /// <param name="status">The file.</param>
    /// <param name="commandLine">Arguments, each ended by a NUL.</param>
    public static GuestProcess Parse(string status, string commandLine)
    {
        var fields = new Dictionary<string, string[]>();
        foreach (var line in status.Split('\n'))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
                fields[line[..colon]] = line[(colon + 1)..].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        }

        var command = commandLine.TrimEnd('\0').Replace('\0', ' ');
        if (command.Length == 0)
            command = $"[{string.Join(' ', fields.GetValueOrDefault("Name") ?? [])}]";
        return new GuestProcess
        {
            Pid = Number("Pid", 0),
            ParentPid = Number("PPid", 0),
            // From the outermost namespace to the process's own.
            ContainerPid = Number("NSpid", -1),
            // Real, effective, saved, file system.
            UserId = Number("Uid", 1),
            State = fields.GetValueOrDefault("State")?.FirstOrDefault() ?? "",
            Command = command.Length <= LongestCommand ? command : command[..LongestCommand],
        };

        uint Number(string field, int index) =>
            fields.GetValueOrDefault(field) is { Length: > 0 } values && uint.TryParse(
                values[index < 0 ? values.Length - 1 : Math.Min(index, values.Length - 1)], CultureInfo.InvariantCulture, out var number)
                ? number
                : 0;
    }

    private static GuestProcess? Read(int pid)
    {
        try
        {
            return Parse(File.ReadAllText($"/proc/{pid}/status"), Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{pid}/cmdline")));
        }
        catch (IOException)
        {
            return null;
        }
    }
}
