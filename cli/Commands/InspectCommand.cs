using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using KataShimNet.Sandboxes;

namespace KataShimNet.Cli.Commands;

/// <summary><c>katanet inspect</c>: all that the node knows of one sandbox, with its containers.</summary>
internal static class InspectCommand
{
    public static Command Create(TextWriter output, TextWriter errors)
    {
        (Option<string?> config, Option<bool> json) = (SandboxArguments.Config(), SandboxArguments.Json());
        Argument<string> id = SandboxArguments.Id();
        var command = new Command("inspect", "show what the node knows of a sandbox, and its containers") { id, config, json };
        command.SetAction((result, cancel) => SandboxArguments.RunAsync(errors, async () =>
        {
            SandboxEntry sandbox = SandboxArguments.List(result.GetValue(config)).Find(result.GetValue(id)!);
            // Of a dead sandbox there is nobody who could tell.
            IReadOnlyList<ContainerEntry> containers = sandbox.State == "dead" ? [] : await ContainerEntry.ListAsync(sandbox, cancel).ConfigureAwait(false);
            if (result.GetValue(json))
                output.WriteLine(Json(sandbox, containers));
            else
                Print(output, sandbox, containers);
            return 0;
        }));
        return command;
    }

    /// <summary>Prints it for people.</summary>
    public static void Print(TextWriter output, SandboxEntry sandbox, IReadOnlyList<ContainerEntry> containers)
    {
        output.WriteLine($"sandbox    {sandbox.Id}");
        output.WriteLine($"namespace  {sandbox.Namespace}");
        output.WriteLine($"state      {sandbox.State}");
        output.WriteLine($"up         {PsCommand.Duration(sandbox.UptimeSeconds)}");
        output.WriteLine($"cgroup     {sandbox.Cgroup ?? "-"}");
        output.WriteLine($"folder     {sandbox.Folder}");
        output.WriteLine();
        Columns.Print(output, [
            ["PROCESS", "PID", "MEMORY", "UP"],
            .. sandbox.Processes.Select(static process => new[]
            {
                process.Name, Number(process.Pid), string.Create(CultureInfo.InvariantCulture, $"{process.MemoryKib} KiB"), PsCommand.Duration(process.UptimeSeconds),
            }),
        ]);
        output.WriteLine();
        Columns.Print(output, [
            ["CONTAINER", "NAME", "STATUS", "PID", "STARTED", "EXIT", "IMAGE"],
            .. containers.Select(static container => new[]
            {
                container.Id, container.Name ?? "-", container.Status, Number(container.Pid),
                container.Started?.ToString("u", CultureInfo.InvariantCulture) ?? "-", container.ExitCode is { } code ? Number(code) : "-", container.Image ?? "-",
            }),
        ]);
    }

    private static string Json(SandboxEntry sandbox, IReadOnlyList<ContainerEntry> containers)
    {
        JsonObject whole = JsonSerializer.SerializeToNode(sandbox, SandboxJson.Default.SandboxEntry)!.AsObject();
        whole["containers"] = JsonSerializer.SerializeToNode([.. containers], SandboxJson.Default.ContainerEntryArray);
        return whole.ToJsonString(SandboxJson.Default.Options);
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
