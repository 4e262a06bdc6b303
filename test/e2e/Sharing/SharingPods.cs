using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Cri;
using KataShimNet.EndToEndTests.Cri;
using KataShimNet.EndToEndTests.Cri.Api;
using KataShimNet.EndToEndTests.Nodes;

namespace KataShimNet.EndToEndTests.Sharing;

/// <summary>Two pods and the host with one volume: the first pod has two containers, the second one.</summary>
public sealed class SharingPods(NodeFixture fixture) : PodFixture(fixture)
{
    /// <summary>Where containers have the volume.</summary>
    public const string Mounted = "/data";

    private int _folders;
    private ProgramsImage _programs = null!;

    /// <summary>First container of the first pod.</summary>
    public ContainerParty First { get; private set; } = null!;

    /// <summary>Second container of the first pod.</summary>
    public ContainerParty Beside { get; private set; } = null!;

    /// <summary>The container of the second pod.</summary>
    public ContainerParty Other { get; private set; } = null!;

    /// <summary>A process of the host.</summary>
    public HostParty Host { get; private set; } = null!;

    private string OnHost => Path.Combine(Node.State, "sharing");

    /// <summary>Those of a case.</summary>
    public Party[] Of(Sharers sharers) => sharers switch
    {
        Sharers.ContainersOfAPod => [First, Beside],
        Sharers.Pods => [First, Other],
        Sharers.PodAndHost => [First, Host],
        _ => [First, Other, Host],
    };

    /// <summary>Makes a folder in the volume and returns its name there.</summary>
    public string NewFolder()
    {
        string name = $"folder{Interlocked.Increment(ref _folders)}";
        Directory.CreateDirectory(Path.Combine(OnHost, name));
        return name;
    }

    /// <summary>Makes a file of zeros in the volume and returns its name there.</summary>
    public string NewFile(long size)
    {
        string name = $"{NewFolder()}/file";
        using FileStream file = File.Create(Path.Combine(OnHost, name));
        file.SetLength(size);
        return name;
    }

    /// <summary>Runs another pod that has the volume.</summary>
    public Task<Pod> RunPodAsync() => Pods.RunPodAsync(new PodOptions
    {
        // LMDB knows its readers by their process ids.
        Change = config => config.Linux.SecurityContext.NamespaceOptions.Pid = NamespaceMode.Pod,
    });

    /// <summary>Starts a container that has the volume.</summary>
    public static Task<PodContainer> StartAsync(Pod pod, params string[] command) => pod.StartAsync(
        new PodContainerOptions
        {
            Image = ProgramsImage.Name,
            Change = config => config.Mounts.Add(new Mount { HostPath = "/state/sharing", ContainerPath = Mounted }),
        },
        command);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(OnHost, recursive: true);
    }

    /// <inheritdoc/>
    protected override async Task PrepareAsync(CriClient cri) => _programs = await ProgramsImage.ImportAsync(Node, cri);

    /// <inheritdoc/>
    protected override async Task MakeAsync()
    {
        Directory.CreateDirectory(OnHost);
        // One after the other: each has a limit for its start, and a busy host.
        Pod[] pods = [await RunPodAsync(), await RunPodAsync()];
        PodContainer[] containers = await Task.WhenAll(new[] { pods[0], pods[0], pods[1] }.Select(pod => StartAsync(pod, "sleep", "1000000")));
        First = new ContainerParty("first", containers[0]);
        Beside = new ContainerParty("beside", containers[1]);
        Other = new ContainerParty("other", containers[2]);
        Host = new HostParty(_programs, OnHost);
    }
}

/// <summary>Who shares.</summary>
public enum Sharers
{
    /// <summary>Two containers of one pod.</summary>
    ContainersOfAPod,

    /// <summary>Containers of two pods.</summary>
    Pods,

    /// <summary>A container and a process of the host.</summary>
    PodAndHost,

    /// <summary>Containers of two pods and a process of the host.</summary>
    PodsAndHost,
}
