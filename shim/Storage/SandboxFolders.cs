using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.AgentProto.Kata;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Sharing;
using KataShimNet.Shim.Storage.Exports;
using GuestStorage = KataShimNet.AgentProto.Kata.Storage;

namespace KataShimNet.Shim.Storage;

/// <summary>The setting <c>sharing.sandbox_bind_mounts</c>: folders of the host that every guest has, where Kata's guests have them.</summary>
internal static class SandboxFolders
{
    /// <summary>Exports them, each by itself, and one folder besides that has an empty folder for each: there the guest binds them.</summary>
    /// <param name="options">Says which.</param>
    /// <param name="daemon">The sandbox's fsd.</param>
    /// <param name="exports">Its exports.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>What the guest is to mount.</returns>
    /// <exception cref="InvalidOperationException">One is no folder.</exception>
    /// <exception cref="LinuxException">One is not there.</exception>
    public static async Task<IReadOnlyList<GuestStorage>> ExportAsync(
        SharingOptions options, SharingDaemon daemon, ExportPool exports, CancellationToken cancel)
    {
        var mounts = options.SandboxBindMounts.Select(Parse).ToArray();
        if (mounts.Length == 0)
            return [];
        await ExportPlacesAsync(mounts, daemon).ConfigureAwait(false);
        var storages = new List<GuestStorage>();
        foreach (var mount in mounts)
        {
            using var source = OpenedPath.Open(mount.Path);
            if (!source.IsFolder)
                throw new InvalidOperationException($"sharing.sandbox_bind_mounts: {mount.Path} is no folder");
            // They end with the daemon.
            var use = await exports.UseAsync(
                source, mount.Path, recursive: true, live: false, mount.Writable ? ExportAccess.Write : ExportAccess.Read, others: false, cancel).ConfigureAwait(false);
            storages.Add(new GuestStorage
            {
                Driver = "bind",
                Source = use.GuestPath,
                MountPoint = $"{GuestContract.SharePath}/{GuestContract.SandboxMountsExport}/{mount.Name}",
                Options = { "bind", mount.Writable ? "rw" : "ro" },
            });
        }

        return storages;
    }

    private static SandboxBindMount Parse(string text) =>
        SandboxBindMount.TryParse(text, out var mount) ? mount : throw new InvalidOperationException($"sharing.sandbox_bind_mounts: {text} is no folder of the host");

    private static async Task ExportPlacesAsync(SandboxBindMount[] mounts, SharingDaemon daemon)
    {
        using var context = DetachedMount.OpenFileSystem("tmpfs");
        using var places = DetachedMount.Mount(context, 0);
        foreach (var mount in mounts)
            Directory.CreateDirectory(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{places.Fd}/{mount.Name}"));
        DetachedMount.SetAttributes(places, SysMount.MOUNT_ATTR_RDONLY, recursive: false);
        await daemon.AddExportAsync(GuestContract.SandboxMountsExport, new ExportPolicy(CoherencyClass.Static, ReadOnly: true), places).ConfigureAwait(false);
    }
}
