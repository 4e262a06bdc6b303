using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Nodes;
using KataShimNet.Linux;
using KataShimNet.Tracing;
using Xunit;

namespace KataShimNet.EndToEndTests.Tracing;

/// <summary>Traces: from containerd's call to the agent's, at a collector; and what happens without one.</summary>
public sealed class TracingTests(NodeFixture fixture) : ContainerTest(fixture)
{
    private const string Shim = "katanet-shim";
    private const string Variables = "/run/containerd.env";

    public override async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(TestNode.IsKatanet, "these are spans of our shim");
        await base.InitializeAsync();
    }

    [Fact]
    public async Task One_trace_leads_from_containerds_call_to_the_agents()
    {
        await using Collector collector = new(ListenOnTheNode(out int port));
        await RestartContainerdAsync($"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:{port}\nOTEL_SERVICE_NAME=containerd\n");
        try
        {
            (await RunAsync("true")).Exits(0);
            await EventuallyAsync("the spans are at the collector", StartLimit, () => Task.FromResult(
                Named(collector, "/Start").Any() && Named(collector, "/Create").Any(create => !KnowsTraces || Parent(collector, create) is not null)));
        }
        finally
        {
            await RestartContainerdAsync("");
        }

        CollectedSpan create = Named(collector, "Task/Create").Single(), start = Named(collector, "Task/Start").Single();
        Assert.StartsWith("c-", create["container.id"], StringComparison.Ordinal);
        if (KnowsTraces)
            Assert.Equal("containerd", Parent(collector, create)!.Service);
        IReadOnlyList<CollectedSpan> below = Below(collector, create);
        CollectedSpan boot = below.Single(span => span.Name == "sandbox boot");
        Assert.Single(below, span => span.Name == "storage");
        Assert.Single(below, span => span.Name == "grpc.AgentService/CreateContainer");
        Assert.Equal(["agent", "fsd", "kernel", "network", "qemu"], Below(collector, boot).Select(span => span.Name).Order());
        Assert.Single(Below(collector, start), span => span.Name == "grpc.AgentService/StartContainer");
        // Nothing of ours hangs in the air, and no stream of a container has spans.
        Assert.DoesNotContain(collector.Spans, span => span.Service == Shim && span.Name.StartsWith("grpc.", StringComparison.Ordinal) && span.Parent.Length == 0);
        Assert.DoesNotContain(collector.Spans, span => span.Name.EndsWith("/ReadStdout", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_the_collector_containers_run_as_ever_and_the_log_says_once_what_is_lost()
    {
        await NodeSettings.AddAsync(Node, "tracing:\n  endpoint: unix:///run/no-collector.sock\n");
        try
        {
            int before = Said();
            (await RunAsync("echo", "hello")).Exits(0).Prints("hello");
            await EventuallyAsync("the log says it", StartLimit, () => Task.FromResult(Said() > before));
            Assert.Equal(before + 1, Said());
        }
        finally
        {
            await NodeSettings.ResetAsync(Node);
        }
    }

    // 1.6 and 1.7 send no metadata to shims.
    private static bool KnowsTraces => TestNode.Containerd.StartsWith('2');

    private static IEnumerable<CollectedSpan> Named(Collector collector, string end) =>
        collector.Spans.Where(span => span.Service == Shim && span.Name.EndsWith(end, StringComparison.Ordinal));

    private static CollectedSpan? Parent(Collector collector, CollectedSpan span) =>
        collector.Spans.FirstOrDefault(other => other.Trace == span.Trace && other.Id == span.Parent);

    private static IReadOnlyList<CollectedSpan> Below(Collector collector, CollectedSpan span) =>
        [.. collector.Spans.Where(other => other.Trace == span.Trace && other.Parent == span.Id)];

    private int Said() => Node.LogLines().Count(line => line.Contains("spans of traces are dropped", StringComparison.Ordinal));

    private async Task RestartContainerdAsync(string variables)
    {
        await using (await ContainerdOutage.BeginAsync(Node))
        {
            if (variables.Length > 0)
                await Node.WriteFileAsync(Variables, variables);
            else
                File.Delete(Node.Root + Variables);
        }
    }

    private Socket ListenOnTheNode(out int port)
    {
        using OwnedFd netns = NetworkNamespace.Open($"/proc/{Node.InitPid}/ns/net");
        Socket socket = NetworkNamespace.Run(netns, () =>
        {
            Socket made = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            made.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            made.Listen();
            return made;
        });
        port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        return socket;
    }
}
