using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Agent.Boot;
using KataShimNet.Agent.Modules;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;

namespace KataShimNet.Agent.Storages.Drivers;

/// <summary>The shares of the host's files.</summary>
/// <param name="modules">Loads their file system.</param>
/// <param name="devices">Tells when a device has come.</param>
internal sealed class ShareDriver(ModuleLoader modules, GuestDevices devices) : IStorageDriver
{
    // One folder for each device, since Linux 6.9.
    private const string Instances = "/sys/fs/virtiofs";

    // As for disks: the kernel finds a device within milliseconds, but not under emulation and load.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public string Name => GuestContract.ShareDriver;

    /// <inheritdoc/>
    public bool Stays => true;

    /// <inheritdoc/>
    public async Task MountAsync(Storage storage, string point, CancellationToken cancel)
    {
        // After the change of roots the share is there already: the kernel mounted it.
        if (MountInfo.Find(point) is { Type: "virtiofs" })
            return;
        modules.Load("virtiofs");
        await AwaitDeviceAsync(storage.Source, cancel).ConfigureAwait(false);
        var options = MountOptions.Parse(storage.Options);
        Directory.CreateDirectory(point);
        Mounts.Mount(storage.Source, point, "virtiofs", options.Flags, options.Data);
    }

    private async Task AwaitDeviceAsync(string tag, CancellationToken cancel)
    {
        if (!Directory.Exists(Instances))
            return;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(s_limit);
        try
        {
            await devices.WaitForAsync(() => Find(tag), limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new TtrpcException(StatusCode.DeadlineExceeded, $"no virtio-fs device with the tag {tag} appeared within {s_limit.TotalSeconds:0} s");
        }
    }

    private static string? Find(string tag)
    {
        foreach (var instance in Directory.EnumerateDirectories(Instances))
        {
            var file = Path.Combine(instance, "tag");
            if (File.Exists(file) && File.ReadAllText(file).TrimEnd('\n') == tag)
                return instance;
        }

        return null;
    }
}
