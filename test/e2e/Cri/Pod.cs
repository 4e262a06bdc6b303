using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Grpc.Core;
using KataShimNet.AgentProto.Cri;
using KataShimNet.EndToEndTests.Cri.Api;
using KataShimNet.EndToEndTests.Leaks;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Cri;

/// <summary>A pod on the node.</summary>
public sealed class Pod
{
    private static int s_names;

    private Pod(TestNode node, CriClient cri, PodSandboxConfig config, string handler, string id) =>
        (Node, Cri, Config, Handler, Id) = (node, cri, config, handler, id);

    /// <summary>The node.</summary>
    public TestNode Node { get; }

    /// <summary>The connection to containerd.</summary>
    public CriClient Cri { get; }

    /// <summary>As it was asked for; each of its containers is created with it again.</summary>
    public PodSandboxConfig Config { get; }

    /// <summary>Its runtime handler.</summary>
    public string Handler { get; }

    /// <summary>containerd's id.</summary>
    public string Id { get; }

    /// <summary>Folder of its logs, as the tests see it.</summary>
    public string LogFolder => Node.Root + Config.LogDirectory;

    /// <summary>What a pod is asked for with.</summary>
    public static PodSandboxConfig Describe(PodOptions options)
    {
        string name = options.Name ?? $"pod-{Interlocked.Increment(ref s_names)}";
        string uid = Guid.NewGuid().ToString();
        PodSandboxConfig config = new()
        {
            Metadata = new PodSandboxMetadata { Name = name, Uid = uid, Namespace = "default" },
            Hostname = options.Hostname ?? name,
            LogDirectory = $"/var/log/pods/default_{name}_{uid}",
            Labels = { ["io.kubernetes.pod.name"] = name, ["io.kubernetes.pod.uid"] = uid, ["io.kubernetes.pod.namespace"] = "default" },
            // A kubelet says CONTAINER unless the pod shares its processes; the CRI's default would be to share.
            Linux = new LinuxPodSandboxConfig
            {
                SecurityContext = new LinuxSandboxSecurityContext { NamespaceOptions = new NamespaceOption { Pid = NamespaceMode.Container } },
            },
        };
        options.Change?.Invoke(config);
        return config;
    }

    /// <summary>Runs a pod.</summary>
    /// <exception cref="RpcException">containerd refused; the detail is what a kubelet would show.</exception>
    public static async Task<Pod> RunAsync(TestNode node, CriClient cri, PodSandboxConfig config, string handler)
    {
        Directory.CreateDirectory(node.Root + config.LogDirectory);
        RunPodSandboxResponse response = await cri.Runtime.RunPodSandboxAsync(
            new RunPodSandboxRequest { Config = config, RuntimeHandler = handler }, deadline: CriClient.Deadline);
        return new Pod(node, cri, config, handler, response.PodSandboxId);
    }

    /// <summary>Creates a container, and starts it.</summary>
    public Task<PodContainer> StartAsync(params string[] command) => StartAsync(new PodContainerOptions(), command);

    /// <summary>Creates a container, and starts it.</summary>
    public async Task<PodContainer> StartAsync(PodContainerOptions options, params string[] command)
    {
        PodContainer container = await CreateAsync(options, command);
        await container.StartAsync();
        return container;
    }

    /// <summary>Runs a container to its end, and removes nothing: an init container.</summary>
    public async Task<ContainerStatus> RunToEndAsync(PodContainerOptions options, params string[] command) =>
        await (await StartAsync(options, command)).WaitForExitAsync();

    /// <summary>Creates a container.</summary>
    public async Task<PodContainer> CreateAsync(PodContainerOptions options, params string[] command)
    {
        AsyncUnaryCall<CreateContainerResponse> call = TryCreateAsync(options, command, out ContainerConfig config);
        return new PodContainer(this, config, (await CriClient.CallAsync(Node, call)).ContainerId);
    }

    /// <summary>Asks for a container; a refusal is an <see cref="RpcException"/>.</summary>
    public AsyncUnaryCall<CreateContainerResponse> TryCreateAsync(PodContainerOptions options, string[] command, out ContainerConfig config)
    {
        string name = options.Name ?? $"container-{Interlocked.Increment(ref s_names)}";
        config = new ContainerConfig
        {
            Metadata = new ContainerMetadata { Name = name, Attempt = options.Attempt },
            Image = new ImageSpec { Image = options.Image },
            Command = { command },
            LogPath = $"{name}/{options.Attempt}.log",
            Labels = { ["io.kubernetes.container.name"] = name },
            Linux = new LinuxContainerConfig
            {
                Resources = new LinuxContainerResources(),
                SecurityContext = new LinuxContainerSecurityContext
                {
                    NamespaceOptions = Config.Linux.SecurityContext.NamespaceOptions.Clone(),
                    // What a kubelet sends for a container without a security context.
                    MaskedPaths = { "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/sched_debug", "/sys/firmware" },
                    ReadonlyPaths = { "/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger" },
                },
            },
        };
        options.Change?.Invoke(config);
        Directory.CreateDirectory(Path.Combine(LogFolder, name));
        return Cri.Runtime.CreateContainerAsync(
            new CreateContainerRequest { PodSandboxId = Id, Config = config, SandboxConfig = Config }, deadline: CriClient.Deadline);
    }

    /// <summary>Its status.</summary>
    public async Task<PodSandboxStatus> StatusAsync() =>
        (await CriClient.CallAsync(
            Node, Cri.Runtime.PodSandboxStatusAsync(new PodSandboxStatusRequest { PodSandboxId = Id }, deadline: CriClient.Deadline))).Status;

    /// <summary>Its first address.</summary>
    public async Task<string> AddressAsync() => (await StatusAsync()).Network.Ip;

    /// <summary>Connects to one of its ports, as <c>kubectl port-forward</c> does.</summary>
    public async Task<ForwardedPort> ForwardAsync(int port) => await ForwardedPort.ConnectAsync(
        Node,
        (await CriClient.CallAsync(
            Node, Cri.Runtime.PortForwardAsync(new PortForwardRequest { PodSandboxId = Id, Port = { port } }, deadline: CriClient.Deadline))).Url);

    /// <summary>Ids of its containers.</summary>
    public async Task<IReadOnlyList<string>> ContainersAsync() =>
        [.. (await CriClient.CallAsync(
            Node,
            Cri.Runtime.ListContainersAsync(
                new ListContainersRequest { Filter = new ContainerFilter { PodSandboxId = Id } }, deadline: CriClient.Deadline))).Containers.Select(c => c.Id)];

    /// <summary>The processes that run its virtual machine: one, with our runtime.</summary>
    public IReadOnlyList<ProcessEntry> Machines() =>
        [.. ProcessTree.Below(Node.InitPid).Where(process => process.Name.StartsWith("qemu", StringComparison.Ordinal) && process.Arguments.Contains(Id, StringComparison.Ordinal))];

    /// <summary>Stops it with all its containers.</summary>
    public async Task StopAsync() =>
        await CriClient.CallAsync(Node, Cri.Runtime.StopPodSandboxAsync(new StopPodSandboxRequest { PodSandboxId = Id }, deadline: CriClient.Deadline));

    /// <summary>Stops and removes it, with its containers and its logs.</summary>
    public async Task RemoveAsync()
    {
        await StopAsync();
        await CriClient.CallAsync(
            Node, Cri.Runtime.RemovePodSandboxAsync(new RemovePodSandboxRequest { PodSandboxId = Id }, deadline: CriClient.Deadline));
        if (Directory.Exists(LogFolder))
        {
            Directory.Delete(LogFolder, recursive: true);
        }
    }

    /// <summary>Fails unless exactly one virtual machine is the pod's.</summary>
    public ProcessEntry Machine() => Assert.Single(Machines());
}
