using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Agent.Boot;
using KataShimNet.AgentProto.Kata;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Storages.Drivers;

/// <summary>A path of the guest at a second place.</summary>
internal sealed class BindDriver : IStorageDriver
{
    /// <inheritdoc/>
    public string Name => "bind";

    /// <inheritdoc/>
    public Task MountAsync(Storage storage, string point, CancellationToken cancel)
    {
        var options = MountOptions.Parse(storage.Options);
        PathRules.Absolute(storage.Source, "storage source");
        PathRules.MakeTarget(storage.Source, point);
        Mounts.Bind(storage.Source, point, recursive: (options.Flags & SysMount.MS_REC) != 0);
        // The kernel takes the other bits only when the bind is changed afterwards (mount(2), MS_REMOUNT with MS_BIND).
        var rest = options.Flags & ~(SysMount.MS_BIND | SysMount.MS_REC);
        if (rest != 0)
            LinuxException.Check(SysMount.mount(null, point, null, rest | SysMount.MS_BIND | SysMount.MS_REMOUNT, null), "mount", $"remount of {point}");
        return Task.CompletedTask;
    }
}
