using System.CommandLine;
using System.Globalization;
using System.IO;
using KataShimNet.AgentProto.Containerd.CgroupsV2;
using KataShimNet.AgentProto.Containerd.Tasks;
using KataShimNet.Sandboxes;

namespace KataShimNet.Cli.Commands;

/// <summary><c>katanet metrics</c>: what a sandbox costs, in Prometheus' text form.</summary>
internal static class MetricsCommand
{
    public static Command Create(TextWriter output, TextWriter errors)
    {
        Option<string?> config = SandboxArguments.Config();
        Argument<string> id = SandboxArguments.Id();
        var command = new Command("metrics", "print what a sandbox costs the host and what its first container uses in the guest (Prometheus text)") { id, config };
        command.SetAction((result, _) => SandboxArguments.RunAsync(errors, async () =>
        {
            SandboxEntry sandbox = SandboxArguments.List(result.GetValue(config)).Find(result.GetValue(id)!);
            await using ShimConnection shim = await ShimConnection.OpenAsync(sandbox).ConfigureAwait(false);
            StatsResponse stats = await shim.CallAsync("Stats", new StatsRequest { Id = sandbox.Id }, StatsResponse.Parser, ShimConnection.Patience).ConfigureAwait(false);
            Print(output, sandbox, Metrics.Parser.ParseFrom(stats.Stats.Value));
            return 0;
        }));
        return command;
    }

    /// <summary>Prints the numbers.</summary>
    public static void Print(TextWriter output, SandboxEntry sandbox, Metrics guest)
    {
        string labels = $"namespace=\"{sandbox.Namespace}\",sandbox=\"{sandbox.Id}\"";
        Head(output, "katanet_process_memory_bytes", "gauge", "Memory of a process of the sandbox on the host, pages of several divided among them.");
        foreach (HostProcess process in sandbox.Processes)
            Line(output, "katanet_process_memory_bytes", $"{labels},process=\"{process.Name}\"", process.MemoryKib * 1024);
        Head(output, "katanet_sandbox_uptime_seconds", "gauge", "How long the sandbox's shim has been running.");
        Line(output, "katanet_sandbox_uptime_seconds", labels, sandbox.UptimeSeconds);
        Head(output, "katanet_container_cpu_usage_seconds_total", "counter", "Processor time of the container in the guest.");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"katanet_container_cpu_usage_seconds_total{{{labels}}} {(guest.Cpu?.UsageUsec ?? 0) / 1e6}"));
        Head(output, "katanet_container_memory_bytes", "gauge", "Memory of the container in the guest.");
        Line(output, "katanet_container_memory_bytes", labels, (long)(guest.Memory?.Usage ?? 0));
        Head(output, "katanet_container_processes", "gauge", "Processes of the container in the guest.");
        Line(output, "katanet_container_processes", labels, (long)(guest.Pids?.Current ?? 0));
    }

    private static void Head(TextWriter output, string name, string type, string help)
    {
        output.WriteLine($"# HELP {name} {help}");
        output.WriteLine($"# TYPE {name} {type}");
    }

    private static void Line(TextWriter output, string name, string labels, long value) =>
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}{{{labels}}} {value}"));
}
