using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Daemons;

namespace KataShimNet.TestGuest.Shares;

/// <summary>Starts a virtio-fs daemon on a listening socket that it inherits, so that QEMU can connect at once.</summary>
internal static class VhostUserShare
{
    private const int SocketFd = 3;

    /// <summary>Starts it.</summary>
    /// <param name="share">What to serve.</param>
    /// <param name="tag">Name of the device in the guest.</param>
    /// <param name="program">Program to start.</param>
    /// <param name="before">Its first arguments.</param>
    /// <param name="options">Its last arguments.</param>
    public static RunningShare Start(GuestShare share, string tag, string program, IReadOnlyList<string> before, IReadOnlyList<string> options)
    {
        if (!File.Exists(program))
            throw new GuestException($"{program} is missing: run make publish");
        string mountOptions = share.MountOptions.Length > 0 || share.DaxWindow is null ? share.MountOptions : "dax=inode";
        string folder = Directory.CreateTempSubdirectory("katanet-guest-").FullName;
        try
        {
            string path = Path.Combine(folder, "s");
            using var socket = Listen(path);
            var daemon = new Daemon(
                program,
                [.. before, "--fd", $"{SocketFd}", "--shared-dir", share.Folder, .. options, .. share.DaxWindow is null ? System.Array.Empty<string>() : ["--tag", tag, "--dax-window", share.DaxWindow]],
                new Dictionary<int, OwnedFd> { [SocketFd] = socket });
            return new RunningShare
            {
                Tag = tag,
                MountPoint = share.MountPoint,
                Daemon = daemon,
                Mount = share.Mounted ? $"mount -t virtiofs{(mountOptions.Length > 0 ? " -o " : "")}{mountOptions} {tag} {share.MountPoint}" : "",
                Arguments =
                [
                    "-chardev", $"socket,id={tag},path={path}",
                    "-device", share.DaxWindow is not null
                        ? $"vhost-user-test-device-pci,virtio-id=26,num_vqs=2,vq_size={share.QueueSize},config_size=40,chardev={tag}"
                        : $"vhost-user-fs-pci,chardev={tag},tag={tag},num-request-queues={share.Queues},queue-size={share.QueueSize}{(share.Packed ? ",packed=on" : "")}",
                ],
                Cleanup = () => Directory.Delete(folder, recursive: true),
            };
        }
        catch (Exception)
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    // .NET's Socket would delete the name when our end of it is closed.
    private static unsafe OwnedFd Listen(string path)
    {
        var socket = OwnedFd.FromCall(SysSocket.socket(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM | SysSocket.SOCK_CLOEXEC, 0), "socket");
        // struct sockaddr_un: the family, then the path with its end.
        Span<byte> address = stackalloc byte[110];
        address.Clear();
        BitConverter.TryWriteBytes(address, (ushort)SysSocket.AF_UNIX);
        Encoding.UTF8.GetBytes(path, address[2..^1]);
        fixed (byte* bytes = address)
            LinuxException.Check(SysSocket.bind(socket.Fd, bytes, (uint)address.Length), "bind", path);
        LinuxException.Check(SysSocket.listen(socket.Fd, 1), "listen", path);
        return socket;
    }
}
