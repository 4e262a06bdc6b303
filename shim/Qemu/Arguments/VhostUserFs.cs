using System.Collections.Generic;

namespace KataShimNet.Shim.Qemu.Arguments;

/// <summary>The virtio-fs device that fsd serves.</summary>
/// <param name="Chardev">Its vhost-user socket.</param>
/// <param name="Tag">Name for the guest's mount.</param>
/// <param name="RequestQueues">1 to 64.</param>
/// <param name="QueueSize">Descriptors per queue, a power of two.</param>
internal sealed record VhostUserFs(string Chardev, string Tag, int RequestQueues, int QueueSize) : IQemuArgument
{
    public void AppendTo(List<string> arguments)
    {
        arguments.AddRange(
        [
            "-device",
            new QemuProperties("vhost-user-fs-pci")
                .With("chardev", Chardev)
                .With("tag", Tag)
                .With("num-request-queues", RequestQueues)
                .With("queue-size", QueueSize)
                .InSharedSlot(SharedSlot.Sharing)
                .ToString(),
        ]);
    }
}
