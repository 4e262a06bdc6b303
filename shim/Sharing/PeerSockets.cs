using System;
using System.Diagnostics;
using System.IO;
using System.Threading;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.Shim.Sandboxes;

namespace KataShimNet.Shim.Sharing;

/// <summary>The sockets by which other daemons of the node reach one: it removes them itself, unless it is killed.</summary>
internal static unsafe class PeerSockets
{
    // The keeper has ended; its worker is told by the kernel.
    private static readonly TimeSpan s_workerEnds = TimeSpan.FromSeconds(2);

    /// <summary>Removes those of a daemon that has ended. The number may be another daemon's by now: that one's stay.</summary>
    /// <param name="folder">The coherency folder.</param>
    /// <param name="daemon">The daemon's keeper.</param>
    public static void Remove(string folder, ProcessMark daemon)
    {
        var fd = Fcntl.openat(Fcntl.AT_FDCWD, Path.Combine(folder, NodeTableForm.FileName), Fcntl.O_RDWR | Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC, 0);
        if (fd < 0)
            return;
        using var table = new OwnedFd(fd);
        for (var number = 0; number < NodeTableForm.MaxDaemons; number++)
        {
            if (!IsOf(table, number, daemon))
                continue;
            var start = Stopwatch.GetTimestamp();
            while (Lock(table, Fcntl.F_OFD_GETLK, NodeTableForm.LifeByte(number)) is not Fcntl.F_UNLCK)
            {
                if (Stopwatch.GetElapsedTime(start) > s_workerEnds)
                    return;
                Thread.Sleep(1);
            }

            // From here on nobody takes the number, until the table is closed.
            _ = Lock(table, Fcntl.F_OFD_SETLKW, NodeTableForm.RegistrationByte);
            if (!IsOf(table, number, daemon))
                return;
            var socket = Path.Combine(folder, NodeTableForm.SocketName(number));
            File.Delete(socket);
            File.Delete(Path.ChangeExtension(socket, NodeTableForm.SizesExtension));
            return;
        }
    }

    private static bool IsOf(OwnedFd table, int number, ProcessMark daemon)
    {
        var slot = stackalloc byte[NodeTableForm.DaemonSlotSize];
        var at = NodeTableForm.DaemonsOffset + (number * NodeTableForm.DaemonSlotSize);
        return Unistd.pread(table.Fd, slot, NodeTableForm.DaemonSlotSize, at) == NodeTableForm.DaemonSlotSize
            && *(int*)(slot + NodeTableForm.PidOffset) == daemon.Pid
            && *(ulong*)(slot + NodeTableForm.PidOffset + 8) == daemon.StartTime;
    }

    private static uint Lock(OwnedFd table, int command, long offset)
    {
        var range = new FileRangeLock { Type = (short)Fcntl.F_WRLCK, Start = offset, Length = 1 };
        while (Fcntl.fcntl(table.Fd, command, (nint)(&range)) < 0 && LinuxException.LastErrno == Errno.EINTR)
        {
        }

        return (uint)range.Type;
    }
}
