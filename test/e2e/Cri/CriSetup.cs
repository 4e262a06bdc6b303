using System;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Cri;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Cri.Api;
using KataShimNet.EndToEndTests.Images;
using KataShimNet.EndToEndTests.Nodes;

namespace KataShimNet.EndToEndTests.Cri;

/// <summary>Makes a node fit for pods: a CNI network, the images in the CRI's namespace, and all that containerd makes once and keeps.</summary>
public static class CriSetup
{
    /// <summary>Where CNI looks for its networks.</summary>
    public const string NetworkFile = "/etc/cni/net.d/10-pods.conflist";

    /// <summary>The pods' network: a bridge, addresses from one range, port mappings.</summary>
    public const string Network = """
        {
          "cniVersion": "1.0.0",
          "name": "pods",
          "plugins": [
            { "type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true, "hairpinMode": true,
              "ipam": { "type": "host-local", "ranges": [[{ "subnet": "10.88.0.0/16" }]], "routes": [{ "dst": "0.0.0.0/0" }] } },
            { "type": "portmap", "capabilities": { "portMappings": true } }
          ]
        }
        """;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>Does it.</summary>
    public static async Task PrepareAsync(TestNode node, CriClient cri)
    {
        await node.WriteFileAsync(NetworkFile, Network);
        await TestImages.ImportForPodsAsync(node);
        await Waiting.UntilAsync("the CRI plugin knows the images and has a network", s_patience, async () =>
            await HasImageAsync(cri, TestImages.Busybox) && await HasImageAsync(cri, TestImages.Pause) && await HasNetworkAsync(cri), () => node.LogTail());
        await RunFirstPodAsync(node, cri);
    }

    // The bridge, chains of iptables, folders of containerd: whoever starts the first pod makes them, and they stay.
    private static async Task RunFirstPodAsync(TestNode node, CriClient cri)
    {
        PodSandboxConfig config = new()
        {
            Metadata = new PodSandboxMetadata { Name = "first", Uid = "first", Namespace = "default" },
            Linux = new LinuxPodSandboxConfig(),
        };
        ContainerConfig container = new()
        {
            Metadata = new ContainerMetadata { Name = "first" },
            Image = new ImageSpec { Image = TestImages.Busybox },
            Command = { "true" },
            Linux = new LinuxContainerConfig(),
        };
        string pod = (await CriClient.CallAsync(node, cri.Runtime.RunPodSandboxAsync(
            new RunPodSandboxRequest { Config = config, RuntimeHandler = "runc" }, deadline: CriClient.Deadline))).PodSandboxId;
        string id = (await CriClient.CallAsync(node, cri.Runtime.CreateContainerAsync(
            new CreateContainerRequest { PodSandboxId = pod, Config = container, SandboxConfig = config }, deadline: CriClient.Deadline))).ContainerId;
        await CriClient.CallAsync(node, cri.Runtime.StartContainerAsync(new StartContainerRequest { ContainerId = id }, deadline: CriClient.Deadline));
        // Whoever stops the pod while its container ends may find runc's shim gone in between.
        await Waiting.UntilAsync("the first container has ended", s_patience, async () => (await cri.Runtime.ContainerStatusAsync(
            new ContainerStatusRequest { ContainerId = id }, deadline: CriClient.Deadline)).Status.State == ContainerState.ContainerExited, () => node.LogTail());
        await CriClient.CallAsync(node, cri.Runtime.StopPodSandboxAsync(new StopPodSandboxRequest { PodSandboxId = pod }, deadline: CriClient.Deadline));
        await CriClient.CallAsync(node, cri.Runtime.RemovePodSandboxAsync(new RemovePodSandboxRequest { PodSandboxId = pod }, deadline: CriClient.Deadline));
    }

    /// <summary>Whether the CRI plugin knows an image.</summary>
    public static async Task<bool> HasImageAsync(CriClient cri, string name) =>
        (await cri.Images.ImageStatusAsync(new ImageStatusRequest { Image = new ImageSpec { Image = name } }, deadline: CriClient.Deadline)).Image is not null;

    /// <summary>Whether the CRI plugin has a network for pods.</summary>
    public static async Task<bool> HasNetworkAsync(CriClient cri)
    {
        StatusResponse status = await cri.Runtime.StatusAsync(new StatusRequest(), deadline: CriClient.Deadline);
        foreach (RuntimeCondition condition in status.Status.Conditions)
        {
            if (condition.Type == "NetworkReady")
            {
                return condition.Status;
            }
        }

        return false;
    }
}
