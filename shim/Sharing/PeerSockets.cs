using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.Shim.Sandboxes;

namespace KataShimNet.Shim.Sharing;

/// <summary>The sockets by which other daemons of the node reach one: it removes them itself, unless it is killed.</summary>
internal static class PeerSockets
{
    // The keeper has ended; its worker is told by the kernel.
    private static readonly TimeSpan s_workerEnds = TimeSpan.FromSeconds(2);

    /// <summary>Removes those of a daemon whose keeper has ended. The number may be another daemon's by now: that one's stay.</summary>
    /// <param name="folder">The coherency folder.</param>
    /// <param name="daemon">The daemon's keeper.</param>
    /// <remarks>They stay also when its worker is there after two seconds more: until another daemon gets the number.</remarks>
    public static async Task RemoveAsync(string folder, ProcessMark daemon)
    {
        using var table = TryOpen(folder);
        if (table is null || Find(table, daemon) is not { } number || !await EndsAsync(folder, NodeTableForm.LifeByte(number)).ConfigureAwait(false))
            return;

        // From here on nobody takes the number, until the table is closed.
        new ByteLock(table, NodeTableForm.RegistrationByte).Take();
        if (!IsOf(table, number, daemon))
            return;
        var socket = Path.Combine(folder, NodeTableForm.SocketName(number));
        File.Delete(socket);
        File.Delete(Path.ChangeExtension(socket, NodeTableForm.SizesExtension));
    }

    private static OwnedFd? TryOpen(string folder)
    {
        var fd = Fcntl.openat(Fcntl.AT_FDCWD, Path.Combine(folder, NodeTableForm.FileName), Fcntl.O_RDWR | Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC, 0);
        return fd < 0 ? null : new OwnedFd(fd);
    }

    private static int? Find(OwnedFd table, ProcessMark daemon)
    {
        for (var number = 0; number < NodeTableForm.MaxDaemons; number++)
        {
            if (IsOf(table, number, daemon))
                return number;
        }

        return null;
    }

    // Whether the last process of a daemon goes in time. A lock's wait has no limit, so it is a thread's of its own, on a description of its own.
    private static async Task<bool> EndsAsync(string folder, long lifeByte)
    {
        var table = TryOpen(folder);
        if (table is null || !new ByteLock(table, lifeByte).IsTaken)
        {
            table?.Dispose();
            return true;
        }

        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(Wait, 128 * 1024) { IsBackground = true, Name = "daemon-ends" }.Start();
        try
        {
            await ended.Task.WaitAsync(s_workerEnds).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (exception is TimeoutException or LinuxException)
        {
            return false;
        }

        void Wait()
        {
            try
            {
                // Let go at once: a number whose byte is locked is a daemon that lives.
                using (table)
                    new ByteLock(table, lifeByte).Take();
                ended.TrySetResult();
            }
            catch (LinuxException exception)
            {
                ended.TrySetException(exception);
            }
        }
    }

    private static unsafe bool IsOf(OwnedFd table, int number, ProcessMark daemon)
    {
        var slot = stackalloc byte[NodeTableForm.DaemonSlotSize];
        var at = NodeTableForm.DaemonsOffset + (number * NodeTableForm.DaemonSlotSize);
        return Unistd.pread(table.Fd, slot, NodeTableForm.DaemonSlotSize, at) == NodeTableForm.DaemonSlotSize
            && *(int*)(slot + NodeTableForm.PidOffset) == daemon.Pid
            && *(ulong*)(slot + NodeTableForm.PidOffset + 8) == daemon.StartTime;
    }
}
