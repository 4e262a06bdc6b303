using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Grpc.Core;
using KataShimNet.AgentProto.Cri;
using KataShimNet.EndToEndTests.Cri.Api;
using KataShimNet.EndToEndTests.Leaks;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Cri;

/// <summary>Pods that are removed together at the end, when nothing of them may be left on the node.</summary>
public sealed class PodScope : IAsyncDisposable
{
    private readonly ConcurrentQueue<Pod> _pods = new();
    private readonly LeakCheck _leaks;

    private PodScope(TestNode node, CriClient cri, LeakCheck leaks) => (Node, Cri, _leaks) = (node, cri, leaks);

    /// <summary>Handler under test (KATANET_HANDLER): <c>runc</c> serves to check the tests themselves.</summary>
    public static string Handler { get; } = Environment.GetEnvironmentVariable("KATANET_HANDLER") ?? "katanet";

    /// <summary>Whether the handler under test is ours.</summary>
    public static bool IsKatanet => Handler != "runc";

    /// <summary>The node.</summary>
    public TestNode Node { get; }

    /// <summary>The connection to containerd.</summary>
    public CriClient Cri { get; }

    /// <summary>Begins: remembers the node as it is.</summary>
    public static async Task<PodScope> BeginAsync(NodeFixture fixture)
    {
        CriClient cri = await fixture.CriAsync();
        return new PodScope(fixture.Node, cri, await LeakCheck.BeginAsync(fixture.Node));
    }

    /// <summary>Runs a pod; a refusal fails the test.</summary>
    public async Task<Pod> RunPodAsync(PodOptions? options = null)
    {
        try
        {
            return await TryRunPodAsync(options);
        }
        catch (RpcException error)
        {
            Assert.Fail($"RunPodSandbox: {error.StatusCode}: {error.Status.Detail}\n--- containerd's log ---\n{Node.LogTail(60)}");
            throw;
        }
    }

    /// <summary>Removes pods that containerd knows although their start was refused.</summary>
    public async Task RemoveStrangersAsync()
    {
        foreach (PodSandbox pod in (await Cri.Runtime.ListPodSandboxAsync(new ListPodSandboxRequest(), deadline: CriClient.Deadline)).Items)
        {
            if (_pods.All(known => known.Id != pod.Id))
            {
                await Cri.Runtime.StopPodSandboxAsync(new StopPodSandboxRequest { PodSandboxId = pod.Id }, deadline: CriClient.Deadline);
                await Cri.Runtime.RemovePodSandboxAsync(new RemovePodSandboxRequest { PodSandboxId = pod.Id }, deadline: CriClient.Deadline);
            }
        }
    }

    /// <summary>Runs a pod; a refusal is an <see cref="RpcException"/>.</summary>
    public async Task<Pod> TryRunPodAsync(PodOptions? options = null)
    {
        options ??= new PodOptions();
        PodSandboxConfig config = Pod.Describe(options);
        Pod pod = await Pod.RunAsync(Node, Cri, config, options.Handler ?? Handler);
        _pods.Enqueue(pod);
        return pod;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        List<string> failed = [];
        await Task.WhenAll(_pods.Select(async pod =>
        {
            try
            {
                await pod.RemoveAsync();
            }
            catch (Exception error)
            {
                lock (failed)
                {
                    failed.Add(error.Message);
                }
            }
        }));
        IReadOnlyList<string> left = await _leaks.FindAsync();
        if (left.Count > 0)
        {
            _leaks.KillStrays();
        }

        if (left.Count > 0 || failed.Count > 0)
        {
            Assert.Fail($"left behind on the node:\n{string.Join('\n', [.. failed, .. left])}\n--- containerd's log ---\n{Node.LogTail()}");
        }
    }
}
