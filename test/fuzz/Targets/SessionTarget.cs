using System;
using System.Collections.Generic;
using KataShimNet.Fsd.VhostUser;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Microsoft.Extensions.Logging.Abstractions;

namespace KataShimNet.Fuzz.Targets;

/// <summary>The vhost-user side of the daemon: a row of messages through a session over a real socket, with real descriptors.</summary>
/// <remarks>A record's content is bytes of the stream; its kind says how many descriptors go along (three low bits) and of which kind (bits 3 and 4).</remarks>
internal sealed unsafe class SessionTarget : IFuzzTarget
{
    private const int MostRecords = 64;
    private const int MostBytes = 2048;
    // SHUT_WR of sys/socket.h.
    private const int ShutdownWrite = 1;
    private const int MemoryBytes = 1 << 20;

    private readonly OwnedFd _memory = OwnedFd.FromCall(SysMman.memfd_create("guest", SysMman.MFD_CLOEXEC), "memfd_create");
    private readonly EventFd _event = new();
    private readonly OwnedFd _folder = OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, "/proc/self", Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0), "openat");
    private readonly OpenFiles _open;

    /// <summary>Makes the memory that regions can be of.</summary>
    /// <param name="alone">Whether nothing else in the process opens files.</param>
    public SessionTarget(bool alone)
    {
        _open = new OpenFiles(alone);
        LinuxException.Check(Unistd.ftruncate(_memory.Fd, MemoryBytes), "ftruncate");
    }

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> input)
    {
        for (var i = 0; i < 3; i++)
        {
            RunOnce(input);
            if (!_open.HaveGrown(_memory.Fd))
                return;
        }

        throw new FuzzException("descriptors leak");
    }

    private void RunOnce(ReadOnlySpan<byte> input)
    {
        var (ours, theirs) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
        using (theirs)
        using (var frontEnd = new FdSocket(ours))
        using (var backEnd = new FdSocket(theirs.Duplicate()))
        {
            for (var i = 0; i < MostRecords && Record.TryTake(ref input, out var record) && !record.Content.IsEmpty; i++)
                frontEnd.Send(record.Content[..Math.Min(record.Content.Length, MostBytes)], Descriptors(record.Kind));
            _ = SysSocket.shutdown(ours.Fd, ShutdownWrite);
            Serve(frontEnd, backEnd);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _memory.Dispose();
        _event.Dispose();
        _folder.Dispose();
    }

    private static void Serve(FdSocket frontEnd, FdSocket backEnd)
    {
        using var device = new MappingDevice();
        using var session = new Session(backEnd, device, new DeviceConfig("fuzz", 1), NullLogger.Instance);
        try
        {
            while (session.ServeNext())
                Drain(frontEnd);
        }
        catch (VhostUserException)
        {
            // The connection ends: what a malformed message is for.
        }
        catch (LinuxException e) when (e.Errno is Errno.ECONNRESET or Errno.EPIPE or Errno.EBADMSG)
        {
        }
    }

    // An answer that nobody takes would fill the socket.
    private static void Drain(FdSocket frontEnd)
    {
        var fds = new List<OwnedFd>();
        var buffer = new byte[4096];
        while (IsReadable(frontEnd) && frontEnd.Receive(buffer, fds) > 0)
        {
            foreach (var fd in fds)
                fd.Dispose();
            fds.Clear();
        }
    }

    private static bool IsReadable(FdSocket socket)
    {
        var poll = new PollFd { Fd = socket.Fd, Events = Poll.POLLIN };
        return Poll.poll(&poll, 1, 0) > 0;
    }

    private ReadOnlySpan<int> Descriptors(byte kind)
    {
        var fd = ((kind >> 3) & 3) switch
        {
            0 => _memory.Fd,
            1 => _event.Fd,
            2 => _folder.Fd,
            _ => 0,
        };
        var fds = new int[kind & 7];
        Array.Fill(fds, fd);
        return fds;
    }
}
