using System.CommandLine;
using System.IO;
using System.Threading;
using KataShimNet.AgentProto.ShimApi;
using KataShimNet.Sandboxes;

namespace KataShimNet.Cli.Commands;

/// <summary><c>katanet metrics</c>: the numbers of a sandbox, in Prometheus' text form.</summary>
internal static class MetricsCommand
{
    private const string Service = "katanet.shim.v1.Metrics";

    public static Command Create(TextWriter output, TextWriter errors)
    {
        Option<string?> config = SandboxArguments.Config();
        Argument<string> id = SandboxArguments.Id();
        var command = new Command("metrics", "print the numbers of a sandbox: shim, machine, file daemons, guest and containers (Prometheus text)") { id, config };
        command.SetAction((result, _) => SandboxArguments.RunAsync(errors, async () =>
        {
            SandboxEntry sandbox = SandboxArguments.List(result.GetValue(config)).Find(result.GetValue(id)!);
            await using ShimConnection shim = await ShimConnection.OpenAsync(sandbox).ConfigureAwait(false);
            MetricsResponse metrics = await shim.CallAsync(
                Service, "Get", new MetricsRequest(), MetricsResponse.Parser, ShimConnection.Patience, CancellationToken.None).ConfigureAwait(false);
            output.Write(metrics.Text);
            return 0;
        }));
        return command;
    }
}
