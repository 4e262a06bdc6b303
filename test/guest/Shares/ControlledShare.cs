using System.Collections.Generic;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Daemons;

namespace KataShimNet.TestGuest.Shares;

/// <summary>Starts katanet-fsd with a control channel and a vhost-user connection whose other end QEMU inherits.</summary>
internal static class ControlledShare
{
    private const int ConnectionFd = 3;
    private const int ControlFd = 4;

    /// <summary>Starts it.</summary>
    /// <param name="share">What to serve.</param>
    /// <param name="tag">Name of the device in the guest.</param>
    /// <param name="descriptor">Number of QEMU's end of the connection.</param>
    public static RunningShare Start(ExportShare share, string tag, int descriptor)
    {
        var (connection, theirConnection) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
        var (control, theirControl) = FdSocket.CreatePair(SysSocket.SOCK_SEQPACKET);
        using (theirConnection)
        using (theirControl)
        {
            var daemon = new Daemon(
                share.Program,
                ["--fd", $"{ConnectionFd}", "--control-fd", $"{ControlFd}", .. share.Options],
                new Dictionary<int, OwnedFd> { [ConnectionFd] = theirConnection, [ControlFd] = theirControl });
            return new RunningShare
            {
                Tag = tag,
                MountPoint = share.MountPoint,
                Daemon = daemon,
                Control = new ControlClient(control),
                QemuFds = new Dictionary<int, OwnedFd> { [descriptor] = connection },
                Mount = share.Mounted ? $"mount -t virtiofs{(share.MountOptions.Length > 0 ? " -o " : "")}{share.MountOptions} {tag} {share.MountPoint}" : "",
                Arguments =
                [
                    "-chardev", $"socket,id={tag},fd={descriptor}",
                    "-device", $"vhost-user-fs-pci,chardev={tag},tag={tag},num-request-queues={share.Queues},queue-size={share.QueueSize}",
                ],
            };
        }
    }
}
