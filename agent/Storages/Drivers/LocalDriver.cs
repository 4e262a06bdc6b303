using System;
using System.Globalization;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Agent.Storages.Drivers;

/// <summary>A folder in the guest's own memory.</summary>
internal sealed class LocalDriver : IStorageDriver
{
    private const string BasePath = GuestContract.ContainersPath;

    /// <inheritdoc/>
    public string Name => "local";

    /// <inheritdoc/>
    public bool Stays => true;

    /// <inheritdoc/>
    public Task MountAsync(Storage storage, string point, CancellationToken cancel)
    {
        if (!point.StartsWith(BasePath + "/", StringComparison.Ordinal))
            throw new TtrpcException(StatusCode.InvalidArgument, $"a local storage lies below {BasePath}, not at {point}");
        MountOptions.Parse(storage.Options).Take("mode", out var mode).Take("fsgid", out var group);
        // One that a container has made already is left as it is.
        if (Directory.Exists(point))
            return Task.CompletedTask;
        Directory.CreateDirectory(point);
        if (mode is not null)
            FolderOwner.SetMode(point, Convert.ToUInt32(mode, 8));
        FolderOwner.SetGroup(point, group ?? storage.FsGroup?.GroupId.ToString(CultureInfo.InvariantCulture));
        return Task.CompletedTask;
    }
}
