using System;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Dax;

/// <summary>
/// Answers the kernel's requests for a <see cref="PassthroughMount"/>: a root without entries of its own, in which every number is a file.
/// Keeps nothing: a name is the node id, and the node id has the backing file in it. Requests come from the host's kernel and hold
/// nothing that a guest wrote.
/// </summary>
internal sealed unsafe class PassthroughServer
{
    private const int StackBytes = 128 * 1024;
    // FUSE_MIN_READ_BUFFER is 8 KiB; nothing larger comes, for MaxWrite is smaller.
    private const int BufferSize = 64 * 1024;
    private const uint MaxWrite = 4096;
    private const ulong RootId = 1;
    // Longer than any mapping is made.
    private const ulong ForEver = 1 << 30;
    private const ulong ClaimedSize = 1UL << 60;
    // linux/fuse.h
    private const ulong Passthrough = 1UL << 37;
    private const uint OpenPassthrough = 1 << 7;
    // A backing file may be on overlayfs, which is one deep itself.
    private const uint StackDepth = 2;

    private readonly OwnedFd _device;
    private readonly byte* _request = (byte*)NativeMemory.Alloc(BufferSize);
    private readonly byte* _reply = (byte*)NativeMemory.AllocZeroed(256);
    private volatile bool _canPassThrough;

    private readonly Action<ulong> _released;

    private PassthroughServer(OwnedFd device, Action<ulong> released)
    {
        _device = device;
        _released = released;
    }

    /// <summary>Whether the kernel offered passthrough at INIT.</summary>
    public bool CanPassThrough => _canPassThrough;

    /// <summary>Starts the thread.</summary>
    /// <param name="device">/dev/fuse, mounted. A duplicate is kept: the thread ends when the mount is gone, which what QEMU has mapped keeps.</param>
    /// <param name="released">Told of each node whose file nobody has open any more.</param>
    public static PassthroughServer Start(OwnedFd device, Action<ulong> released)
    {
        var server = new PassthroughServer(device.Duplicate(), released);
        new Thread(server.Run, StackBytes) { IsBackground = true, Name = "passthrough" }.Start();
        return server;
    }

    private void Run()
    {
        while (true)
        {
            var length = Unistd.read(_device.Fd, _request, BufferSize);
            if (length >= InHeader.Size)
                Answer((int)length);
            else if (length < 0 && LinuxException.LastErrno is not (Errno.EINTR or Errno.EAGAIN or Errno.ENOENT))
                break; // ENODEV: the mount is gone.
        }

        _device.Dispose();
        NativeMemory.Free(_request);
        NativeMemory.Free(_reply);
    }

    private void Answer(int length)
    {
        var header = Unsafe.ReadUnaligned<InHeader>(_request);
        switch ((Opcode)header.Opcode)
        {
            case Opcode.Init:
                Send(header, Init(length));
                break;
            case Opcode.Lookup:
                Send(header, Lookup(length));
                break;
            case Opcode.Getattr:
                Send(header, new AttrOut { Valid = ForEver, Attributes = Attributes(header.NodeId) });
                break;
            case Opcode.Open:
                Send(header, new OpenOut
                {
                    Handle = header.NodeId,
                    OpenFlags = OpenPassthrough | OpenReplyFlag.NoFlush,
                    BackingId = PassthroughMount.BackingOf(header.NodeId),
                });
                break;
            case Opcode.Statfs:
                Send(header, default(StatfsOut));
                break;
            case Opcode.Release:
                Send(header, Errno.None, 0);
                _released(header.NodeId);
                break;
            case Opcode.Forget:
            case Opcode.BatchForget:
            case Opcode.Interrupt:
                break;
            default:
                Send(header, Errno.ENOSYS, 0);
                break;
        }
    }

    private InitOut Init(int length)
    {
        InitIn init = default;
        new ReadOnlySpan<byte>(_request + InHeader.Size, Math.Min(length - InHeader.Size, InitIn.Size))
            .CopyTo(MemoryMarshal.AsBytes(new Span<InitIn>(ref init)));
        var offered = init.Flags | ((init.Flags & InitFlag.InitExt) != 0 ? (ulong)init.Flags2 << 32 : 0);
        _canPassThrough = (offered & Passthrough) != 0;
        var agreed = offered & (InitFlag.InitExt | Passthrough);
        return new InitOut
        {
            Major = 7,
            Minor = Math.Min(init.Minor, 41),
            Flags = (uint)agreed,
            Flags2 = (uint)(agreed >> 32),
            MaxBackground = 16,
            CongestionThreshold = 12,
            MaxWrite = MaxWrite,
            TimeGranularity = 1,
            MaxStackDepth = StackDepth,
        };
    }

    private EntryOut Lookup(int length)
    {
        var name = new ReadOnlySpan<byte>(_request + InHeader.Size, Math.Max(0, length - InHeader.Size - 1));
        // What is no number gets a node whose backing file does not exist.
        _ = ulong.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var node);
        node = Math.Max(node, RootId + 1);
        return new EntryOut { NodeId = node, Generation = 1, AttrValid = ForEver, Attributes = Attributes(node) };
    }

    private static FuseAttr Attributes(ulong node) => node == RootId
        ? new FuseAttr { Inode = node, Mode = SysStat.S_IFDIR | 0x1c0, Links = 2, BlockSize = 4096 }
        : new FuseAttr { Inode = node, Mode = SysStat.S_IFREG | 0x180, Links = 1, BlockSize = 4096, FileSize = ClaimedSize };

    private void Send<T>(in InHeader request, in T payload)
        where T : unmanaged
    {
        Unsafe.WriteUnaligned(_reply + OutHeader.Size, payload);
        Send(request, Errno.None, (uint)sizeof(T));
    }

    private void Send(in InHeader request, Errno error, uint payload)
    {
        var header = new OutHeader { Length = OutHeader.Size + payload, Error = -(int)error, Unique = request.Unique };
        Unsafe.WriteUnaligned(_reply, header);
        // ENOENT: whoever asked was killed meanwhile.
        _ = Unistd.write(_device.Fd, _reply, header.Length);
    }
}
