using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Reflection.V1Alpha;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Cri;
using KataShimNet.EndToEndTests.Host;
using KataShimNet.EndToEndTests.Nodes;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.Monitor.Api;
using Xunit;

namespace KataShimNet.EndToEndTests.Monitoring;

/// <summary><c>katanet monitor</c> on a node with two pods: what Prometheus, a manager of the node, and somebody with grpcurl see.</summary>
public sealed partial class MonitorTests(NodeFixture fixture) : PodTest(fixture)
{
    // SIGCONT of signal(7).
    private const int Continue = 18;

    [Fact]
    public async Task Two_pods_are_scraped_listed_and_watched_until_one_is_killed()
    {
        Assert.SkipUnless(PodScope.IsKatanet, "katanet looks after our runtime only");
        await using RunningMonitor monitor = await RunningMonitor.StartAsync(Node, "--time-limit", "10");
        var service = new Monitor.Api.Monitor.MonitorClient(monitor.Grpc);
        using AsyncServerStreamingCall<SandboxEvent> watch = service.WatchSandboxes(new WatchSandboxesRequest());
        Assert.Equal(SandboxEvent.Types.Kind.Synced, (await NextAsync(watch)).Kind);
        Pod first = await RunPodAsync();
        Pod second = await RunPodAsync();
        Assert.Equal((SandboxEvent.Types.Kind.Appeared, first.Id), About(await NextAsync(watch)));
        Assert.Equal((SandboxEvent.Types.Kind.Appeared, second.Id), About(await NextAsync(watch)));

        string text = await monitor.GetAsync("metrics");
        AssertIsOneText(text);
        Assert.Equal(new SortedSet<string> { first.Id, second.Id }, Sandboxes(text));
        Assert.Equal(2, Number(text, "katanet_monitor_sandboxes{state=\"running\"}"));
        Assert.Equal(0, Number(text, "katanet_monitor_scrape_errors_total"));
        JsonElement[] listed = [.. JsonDocument.Parse(await monitor.GetAsync("sandboxes")).RootElement.EnumerateArray()];
        Assert.Equal(new SortedSet<string> { first.Id, second.Id }, [.. listed.Select(entry => entry.GetProperty("id").GetString()!)]);

        ListSandboxesResponse list = await service.ListSandboxesAsync(new ListSandboxesRequest());
        Assert.Equal(new SortedSet<string> { first.Id, second.Id }, [.. list.Sandboxes.Select(sandbox => sandbox.Id)]);
        Sandbox one = await service.GetSandboxAsync(new GetSandboxRequest { Id = first.Id });
        Assert.Equal(("running", "k8s.io"), (one.State, one.Namespace));
        Assert.Contains(one.Processes, process => process is { Name: "qemu", MemoryKib: > 50_000 });
        string own = (await service.GetMetricsAsync(new GetMetricsRequest { Id = first.Id })).Text;
        Assert.Equal(new SortedSet<string> { first.Id }, Sandboxes(own));
        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await service.GetSandboxAsync(new GetSandboxRequest { Id = "nobody" }));
        Assert.Equal(StatusCode.NotFound, error.StatusCode);

        // One that hangs costs its time limit and is counted; the other is there as ever.
        int hanging = SandboxProcesses.Of(Node, first.Id).Shim.Pid;
        Assert.Equal(0, Signals.kill(hanging, Signals.SIGSTOP));
        try
        {
            text = await monitor.GetAsync("metrics");
            Assert.Equal(new SortedSet<string> { second.Id }, Sandboxes(text));
            Assert.Equal(1, Number(text, "katanet_monitor_scrape_errors_total"));
            error = await Assert.ThrowsAsync<RpcException>(async () => await service.GetMetricsAsync(new GetMetricsRequest { Id = first.Id }));
            Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        }
        finally
        {
            Assert.Equal(0, Signals.kill(hanging, Continue));
        }

        // Of one that is killed the next scrape knows nothing, and containerd's cleaning up is seen.
        using (PidFd shim = PidFd.TryOpen(hanging)!)
        {
            Assert.True(shim.Kill(Signals.SIGKILL));
            Assert.True(shim.WaitForExit(TimeSpan.FromSeconds(20)));
        }

        Assert.Equal(new SortedSet<string> { second.Id }, Sandboxes(await monitor.GetAsync("metrics")));
        Assert.Equal((SandboxEvent.Types.Kind.Gone, first.Id), About(await NextAsync(watch)));
        await second.RemoveAsync();
        Assert.Equal((SandboxEvent.Types.Kind.Gone, second.Id), About(await NextAsync(watch)));
    }

    [Fact]
    public async Task Its_services_describe_themselves_and_its_addresses_are_its_own()
    {
        Assert.SkipUnless(PodScope.IsKatanet, "katanet looks after our runtime only");
        await using RunningMonitor monitor = await RunningMonitor.StartAsync(Node);
        var health = new Health.HealthClient(monitor.Grpc);
        Assert.Equal(
            HealthCheckResponse.Types.ServingStatus.Serving,
            (await health.CheckAsync(new HealthCheckRequest { Service = "katanet.monitor.v1.Monitor" })).Status);

        ServerReflectionResponse services = await ReflectAsync(monitor, new ServerReflectionRequest { ListServices = "" });
        Assert.Equal(
            ["grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection", "katanet.monitor.v1.Monitor"],
            services.ListServicesResponse.Service.Select(service => service.Name).Order(StringComparer.Ordinal));
        ServerReflectionResponse file = await ReflectAsync(monitor, new ServerReflectionRequest { FileContainingSymbol = "katanet.monitor.v1.Monitor" });
        FileDescriptorProto described = FileDescriptorProto.Parser.ParseFrom(file.FileDescriptorResponse.FileDescriptorProto[0]);
        Assert.Equal(["ListSandboxes", "GetSandbox", "GetMetrics", "WatchSandboxes"], described.Service.Single().Method.Select(method => method.Name));

        // Only root may open it; a second monitor is told what is in its way.
        Assert.Equal("600\n", (await Node.RunAsync("stat", "-c", "%a", "/run/katanet/monitor.sock")).Exits(0).Text);
        CommandResult second = await Node.RunAsync("katanet", "monitor");
        Assert.Equal(1, second.ExitCode);
        Assert.Contains("another monitor serves at /run/katanet/monitor.sock", second.ErrorOutput, StringComparison.Ordinal);
    }

    // Each family in one piece, its head before its samples, once: what Prometheus asks for.
    private static void AssertIsOneText(string text)
    {
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] types = [.. lines.Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(line => line.Split(' ')[2])];
        Assert.Equal(types.Distinct(), types);
        Assert.Contains("katanet_shim_cpu_seconds_total", types);
        string current = "";
        foreach (string line in lines)
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
                current = line.Split(' ')[2];
            else if (line[0] != '#')
                Assert.StartsWith(current, line, StringComparison.Ordinal);
        }
    }

    private static SortedSet<string> Sandboxes(string text) => [.. SandboxLabel().Matches(text).Select(match => match.Groups[1].Value)];

    private static double Number(string text, string sample) => double.Parse(
        text.Split('\n').Single(line => line.StartsWith(sample + " ", StringComparison.Ordinal))[(sample.Length + 1)..], CultureInfo.InvariantCulture);

    private static (SandboxEvent.Types.Kind Kind, string Id) About(SandboxEvent change) => (change.Kind, change.Id);

    private static async Task<SandboxEvent> NextAsync(AsyncServerStreamingCall<SandboxEvent> watch)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        Assert.True(await watch.ResponseStream.MoveNext(patience.Token), "the watch ended");
        return watch.ResponseStream.Current;
    }

    private static async Task<ServerReflectionResponse> ReflectAsync(RunningMonitor monitor, ServerReflectionRequest request)
    {
        using AsyncDuplexStreamingCall<ServerReflectionRequest, ServerReflectionResponse> call =
            new ServerReflection.ServerReflectionClient(monitor.Grpc).ServerReflectionInfo(deadline: DateTime.UtcNow.AddMinutes(1));
        await call.RequestStream.WriteAsync(request);
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None), "reflection did not answer");
        ServerReflectionResponse response = call.ResponseStream.Current;
        await call.RequestStream.CompleteAsync();
        return response;
    }

    [GeneratedRegex("[{,]sandbox=\"([^\"]+)\"")]
    private static partial Regex SandboxLabel();
}
