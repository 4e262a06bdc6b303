using System.Collections.Generic;

namespace KataShimNet.Shim.Qemu.Arguments;

/// <summary>The thread that serves all disks, so that they do not wait for what else QEMU does.</summary>
internal sealed record DiskThread : IQemuArgument
{
    /// <summary>Its id, which disks name as <c>iothread</c>.</summary>
    public const string Id = "disks";

    public void AppendTo(List<string> arguments) => arguments.AddRange(["-object", new QemuProperties("iothread").With("id", Id).ToString()]);
}
