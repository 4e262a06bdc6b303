using System.Globalization;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Linux;

namespace KataShimNet.Shim.Qemu.Hotplug;

/// <summary>Hands descriptors to a running QEMU, which has no right to open anything itself.</summary>
internal static class FdHandover
{
    /// <summary>
    /// Hands over a descriptor under a name (getfd), for properties that take one, such as <c>fd</c> of a tap network device. The command
    /// that uses the name takes the descriptor; one that nobody used is closed with <see cref="ForgetFdAsync"/>.
    /// </summary>
    /// <param name="qmp">QEMU's monitor.</param>
    /// <param name="name">A name that does not begin with a digit.</param>
    /// <param name="fd">The descriptor; it stays open here.</param>
    /// <param name="cancel">Gives up waiting.</param>
    /// <exception cref="QmpException">QEMU refused, or is gone.</exception>
    public static Task NameFdAsync(this QmpClient qmp, string name, OwnedFd fd, CancellationToken cancel) =>
        qmp.ExecuteAsync("getfd", json => json.WriteString("fdname"u8, name), fd, cancel);

    /// <summary>Closes a descriptor that was handed over under a name (closefd).</summary>
    /// <exception cref="QmpException">There is no such name, or QEMU is gone.</exception>
    public static Task ForgetFdAsync(this QmpClient qmp, string name, CancellationToken cancel) =>
        qmp.ExecuteAsync("closefd", json => json.WriteString("fdname"u8, name), cancel);

    /// <summary>
    /// Hands over a descriptor as a file (add-fd): QEMU opens it wherever a path is asked for, such as <c>filename</c> of a block device.
    /// </summary>
    /// <param name="qmp">QEMU's monitor.</param>
    /// <param name="fd">The descriptor, opened for what QEMU wants of it: read-only, or for reading and writing; it stays open here.</param>
    /// <param name="cancel">Gives up waiting.</param>
    /// <returns>The set that it is in; see <see cref="FdSet"/>.</returns>
    /// <exception cref="QmpException">QEMU refused, or is gone.</exception>
    public static async Task<FdSet> AddFdAsync(this QmpClient qmp, OwnedFd fd, CancellationToken cancel)
    {
        var answer = await qmp.ExecuteAsync("add-fd", null, fd, cancel).ConfigureAwait(false);
        return answer.TryGetProperty("fdset-id"u8, out var id) && id.TryGetInt64(out var number)
            ? new FdSet(number)
            : throw new QmpException($"QEMU answered add-fd with {answer.GetRawText()}");
    }

    /// <summary>Closes the descriptors of a set, once nothing has them open (remove-fd).</summary>
    /// <exception cref="QmpException">There is no such set, or QEMU is gone.</exception>
    public static Task RemoveFdAsync(this QmpClient qmp, FdSet set, CancellationToken cancel) =>
        qmp.ExecuteAsync("remove-fd", json => json.WriteNumber("fdset-id"u8, set.Id), cancel);
}

/// <summary>A set of descriptors in QEMU that stand for one file.</summary>
/// <param name="Id">Its number.</param>
internal readonly record struct FdSet(long Id)
{
    /// <summary>The path under which QEMU opens it.</summary>
    public string Path => string.Create(CultureInfo.InvariantCulture, $"/dev/fdset/{Id}");
}
