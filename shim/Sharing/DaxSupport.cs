using System;
using System.Globalization;
using System.IO;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Shim.Qemu;

namespace KataShimNet.Shim.Sharing;

/// <summary>Whether host and QEMU can give a guest a DAX window.</summary>
internal static class DaxSupport
{
    /// <summary>QEMU's device that carries any vhost-user back end, and with it the memory regions that its virtio-fs device has not.</summary>
    public const string Device = "vhost-user-test-device-pci";

    // The first one with SHMEM_MAP.
    private static readonly Version s_qemu = new(11, 1);

    // The first one with FUSE passthrough.
    private static readonly Version s_kernel = new(6, 9);

    /// <summary>Looks for a reason why not.</summary>
    /// <param name="qmp">QEMU's monitor.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="QmpException">QEMU is gone.</exception>
    public static async Task<string?> FindObstacleAsync(QmpClient qmp, CancellationToken cancel)
    {
        if (Environment.OSVersion.Version < s_kernel)
            return $"the host's kernel is {Environment.OSVersion.Version.ToString(2)}, and {s_kernel} or newer is needed";
        if (!File.Exists("/dev/fuse"))
            return "the host has no /dev/fuse";
        var answer = await qmp.ExecuteAsync("query-version", cancel).ConfigureAwait(false);
        var version = ToVersion(answer.GetProperty("qemu"u8));
        if (version < s_qemu)
            return string.Create(CultureInfo.InvariantCulture, $"QEMU is {version}, and {s_qemu} or newer is needed");
        var types = await qmp.ExecuteAsync("qom-list-types", json => json.WriteString("implements"u8, Device), cancel).ConfigureAwait(false);
        return types.GetArrayLength() == 0 ? $"QEMU was built without {Device}" : null;
    }

    private static Version ToVersion(JsonElement version) => new(version.GetProperty("major"u8).GetInt32(), version.GetProperty("minor"u8).GetInt32());
}
