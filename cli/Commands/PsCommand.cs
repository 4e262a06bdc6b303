using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using KataShimNet.Sandboxes;

namespace KataShimNet.Cli.Commands;

/// <summary><c>katanet ps</c>: the sandboxes of this node.</summary>
internal static class PsCommand
{
    public static Command Create(TextWriter output, TextWriter errors)
    {
        (Option<string?> config, Option<bool> json) = (SandboxArguments.Config(), SandboxArguments.Json());
        var command = new Command("ps", "list the sandboxes of this node: processes, memory, how long they run") { config, json };
        command.SetAction((result, _) => SandboxArguments.RunAsync(errors, () =>
        {
            IReadOnlyList<SandboxEntry> all = SandboxArguments.List(result.GetValue(config)).All();
            if (result.GetValue(json))
                output.WriteLine(JsonSerializer.Serialize([.. all], SandboxJson.Default.SandboxEntryArray));
            else
                Print(output, all);
            return Task.FromResult(0);
        }));
        return command;
    }

    /// <summary>Prints the table.</summary>
    public static void Print(TextWriter output, IReadOnlyList<SandboxEntry> all)
    {
        Columns.Print(output, [
            ["NAMESPACE", "SANDBOX", "STATE", "UP", "MEMORY", "PROCESSES"],
            .. all.Select(static entry => new[]
            {
                entry.Namespace, entry.Id, entry.State, Duration(entry.UptimeSeconds),
                string.Create(CultureInfo.InvariantCulture, $"{entry.MemoryKib / 1024} MiB"),
                string.Join(' ', entry.Processes.Select(static process => string.Create(CultureInfo.InvariantCulture, $"{process.Name}:{process.Pid}"))),
            }),
        ]);
    }

    /// <summary>A time as people say it: its two largest parts.</summary>
    public static string Duration(long seconds)
    {
        TimeSpan time = TimeSpan.FromSeconds(seconds);
        return time switch
        {
            { TotalDays: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalDays}d{time.Hours}h"),
            { TotalHours: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.Hours}h{time.Minutes}m"),
            { TotalMinutes: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}m{time.Seconds}s"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{time.Seconds}s"),
        };
    }
}
