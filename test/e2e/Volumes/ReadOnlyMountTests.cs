using System.IO;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Cri;
using KataShimNet.EndToEndTests.Cri.Api;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Volumes;

/// <summary>Kubernetes' <c>recursiveReadOnly</c>, of which a kubelet makes use where the handler says that it has it.</summary>
public sealed class ReadOnlyMountTests(NodeFixture fixture) : PodTest(fixture)
{
    // The handler that containerd asks for its features: docs/troubleshooting.md.
    private const string Handler = "katanet-rro";

    private const string Folder = "/var/lib/kubelet/read-only";

    [Fact]
    public async Task What_is_mounted_below_a_volume_is_closed_where_a_pod_asks_for_that()
    {
        Assert.SkipUnless(TestNode.Containerd.StartsWith('2'), "containerd 2.x asks a handler what it can");
        StatusResponse status = await CriClient.CallAsync(Node, Pods.Cri.Runtime.StatusAsync(new StatusRequest(), deadline: CriClient.Deadline));
        RuntimeHandlerFeatures features = Assert.Single(status.RuntimeHandlers, handler => handler.Name == Handler).Features;
        Assert.True(features.RecursiveReadOnlyMounts);
        Assert.False(features.UserNamespaces);

        (await Node.RunAsync("sh", "-c", $"mkdir -p {Folder}/below && mount -t tmpfs below {Folder}/below")).Exits(0);
        try
        {
            Pod pod = await RunPodAsync(new PodOptions { Handler = Handler });
            PodContainer container = await pod.StartAsync(
                new PodContainerOptions
                {
                    Change = config =>
                    {
                        config.Mounts.Add(new Mount { ContainerPath = "/closed", HostPath = Folder, Readonly = true, RecursiveReadOnly = true });
                        config.Mounts.Add(new Mount { ContainerPath = "/open", HostPath = Folder, Readonly = true });
                    },
                },
                "sleep", "1000");
            CommandResult refused = await container.ExecAsync("sh", "-c", "touch /closed/x; touch /closed/below/x; touch /open/x");
            Assert.Equal(3, refused.ErrorOutput.Split("Read-only file system").Length - 1);
            Assert.Equal("written", await container.ShellAsync("echo written > /open/below/file && cat /closed/below/file"));
            Assert.Equal("written\n", await File.ReadAllTextAsync($"{Node.Root}{Folder}/below/file"));
        }
        finally
        {
            (await Node.RunAsync("sh", "-c", $"umount {Folder}/below && rm -r {Folder}")).Exits(0);
        }
    }
}
