namespace KataShimNet.Cli.Checks;

/// <summary>The way to the agent: vsock, and virtio-serial where the host has none.</summary>
internal static class ChannelCheck
{
    private const string Device = "/dev/vhost-vsock";

    public static CheckLine Run(CheckContext context) => context.Machine.TryOpenDevice(Device) switch
    {
        0 => CheckLine.Pass("agent channel", $"vsock, {Device}"),
        var error => CheckLine.Warn("agent channel", $"virtio-serial, because {Device} does not open: {error}",
            "nothing need be done; for vsock, load vhost_vsock"),
    };
}
