using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;
using KataShimNet.Fsd.VhostUser;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.UnitTests.Fsd.Dax;

/// <summary>
/// A front end as QEMU 11.1 is one, to a DAX window: it maps what it is asked to into memory of its own, refuses what overlaps or lies past
/// the end of its file, takes away only what was mapped exactly so, and calls it a crash when it is asked while it is stopped.
/// </summary>
internal sealed unsafe class WindowFrontEnd : IDisposable
{
    private const int MAP_FIXED = 0x10;
    private const int MAP_ANONYMOUS = 0x20;
    private const int MAP_PRIVATE = 2;

    private readonly FdSocket _socket;
    private readonly Thread _thread;
    private readonly nuint _size;
    private readonly byte* _memory;
    private readonly Dictionary<ulong, ulong> _mapped = [];

    public WindowFrontEnd(long size)
    {
        var (ours, theirs) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
        _socket = new FdSocket(ours);
        BackEnd = theirs;
        _size = (nuint)size;
        _memory = (byte*)SysMman.mmap(0, _size, 0, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        _thread = new Thread(Run) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>The daemon's end.</summary>
    public OwnedFd BackEnd { get; }

    /// <summary>Whether the machine is stopped.</summary>
    public bool Stopped { get; set; }

    /// <summary>Requests that came while it was.</summary>
    public int Crashes { get; private set; }

    /// <summary>Requests that were refused.</summary>
    public int Refusals { get; private set; }

    /// <summary>Requests so far.</summary>
    public int Requests { get; private set; }

    /// <summary>Live mappings.</summary>
    public int Count => _mapped.Count;

    /// <summary>A byte of the guest's window.</summary>
    public ref byte this[long offset] => ref _memory[offset];

    public void Dispose()
    {
        _socket.Shutdown();
        _thread.Join();
        _socket.Dispose();
        _ = SysMman.munmap((nint)_memory, _size);
    }

    private void Run()
    {
        var fds = new List<OwnedFd>();
        Span<byte> head = stackalloc byte[MessageHeader.TotalSize];
        Span<byte> payload = stackalloc byte[ShmemRange.TotalSize];
        Span<byte> answer = stackalloc byte[MessageHeader.TotalSize + sizeof(ulong)];
        while (_socket.ReceiveExactly(head, fds))
        {
            var header = MemoryMarshal.Read<MessageHeader>(head);
            var range = default(ShmemRange);
            if (header.Size > 0)
            {
                _socket.ReceiveExactly(payload, fds);
                range = MemoryMarshal.Read<ShmemRange>(payload);
            }

            Requests++;
            Crashes += Stopped ? 1 : 0;
            var good = (BackEndRequest)header.Request switch
            {
                BackEndRequest.ShmemMap => Map(range, fds[0]),
                BackEndRequest.ShmemUnmap => Unmap(range),
                _ => true,
            };
            Refusals += good ? 0 : 1;
            foreach (var fd in fds)
                fd.Dispose();
            fds.Clear();
            MemoryMarshal.Write(answer, header with { Flags = MessageHeader.Version | MessageHeader.Reply, Size = sizeof(ulong) });
            BinaryPrimitives.WriteUInt64LittleEndian(answer[MessageHeader.TotalSize..], good ? 0ul : 1);
            _socket.Send(answer);
        }
    }

    private bool Map(in ShmemRange range, OwnedFd file)
    {
        foreach (var (offset, length) in _mapped)
        {
            if (offset < range.Offset + range.Length && range.Offset < offset + length)
                return false;
        }

        var end = Unistd.lseek(file.Fd, 0, Unistd.SEEK_END);
        if ((range.Flags & ShmemRange.Writable) == 0 || range.Offset + range.Length > _size || (ulong)end < range.FileOffset + range.Length
            || SysMman.mmap(
                (nint)(_memory + range.Offset), (nuint)range.Length, SysMman.PROT_READ | SysMman.PROT_WRITE, SysMman.MAP_SHARED | MAP_FIXED, file.Fd, (long)range.FileOffset) == -1)
        {
            return false;
        }

        _mapped.Add(range.Offset, range.Length);
        return true;
    }

    private bool Unmap(in ShmemRange range)
    {
        if (!_mapped.TryGetValue(range.Offset, out var length) || length != range.Length)
            return false;
        _mapped.Remove(range.Offset);
        return SysMman.mmap((nint)(_memory + range.Offset), (nuint)range.Length, 0, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != -1;
    }
}
