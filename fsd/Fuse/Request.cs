using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KataShimNet.Fsd.Exports;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fsd.Inodes;
using KataShimNet.Fsd.Rings;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse;

/// <summary>
/// The request that a queue thread works on: its header, a cursor over its arguments, and its reply. One object per queue, used
/// again for each request. Arguments are copied out of guest memory before anything looks at them.
/// </summary>
internal sealed unsafe class Request : IDisposable
{
    /// <summary>Longest name of a directory entry, in bytes.</summary>
    public const int NameMax = 255;

    /// <summary>Longest target of a symbolic link, its NUL included (PATH_MAX).</summary>
    public const int PathMax = 4096;

    /// <summary>Room for directory entries of the host, and for the value of an extended attribute (XATTR_SIZE_MAX).</summary>
    public const int ScratchSize = 128 * 1024;

    // In native memory: a name and a second one, a path, scratch space, and segments.
    private readonly byte* _memory;
    private DescriptorChain _chain = null!;
    private InHeader _header;
    private ulong _cursor;
    private ulong _end;

    /// <summary>Makes the request object of a queue.</summary>
    /// <param name="server">Whose queue it is.</param>
    /// <param name="credentials">Of the queue's thread.</param>
    public Request(FuseServer server, ThreadCredentials credentials)
    {
        Server = server;
        Credentials = credentials;
        Change = new FileChange(server);
        Truncation = new FileChange(server);
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)(ScratchSize + PathMax + 1024 + (DescriptorChain.MaxSegments * sizeof(IoVec))), 64);
        Scratch = _memory;
        Path = _memory + ScratchSize;
        Name = Path + PathMax;
        OtherName = Name + 512;
        Segments = (IoVec*)(Name + 1024);
    }

    /// <summary>The server.</summary>
    public FuseServer Server { get; }

    /// <summary>Credentials of the queue's thread.</summary>
    public ThreadCredentials Credentials { get; }

    /// <summary>Whether the thread may wait for other daemons: a queue's may not.</summary>
    public bool MayWait { get; init; }

    /// <summary>How the queue's last lookups went.</summary>
    public LookupGuess LookupGuess { get; } = new();

    /// <summary><see cref="ScratchSize"/> bytes.</summary>
    public byte* Scratch { get; }

    /// <summary><see cref="PathMax"/> bytes: the target of a symbolic link.</summary>
    public byte* Path { get; }

    /// <summary>The name that was read, NUL-terminated.</summary>
    public byte* Name { get; }

    /// <summary>Room for a second name.</summary>
    public byte* OtherName { get; }

    /// <summary>Length of the name read last.</summary>
    public int NameLength { get; private set; }

    /// <summary>Room for <see cref="DescriptorChain.MaxSegments"/> segments.</summary>
    public IoVec* Segments { get; }

    /// <summary>The chain.</summary>
    public DescriptorChain Chain => _chain;

    /// <summary>The header.</summary>
    public ref readonly InHeader Header => ref _header;

    /// <summary>Where the next argument starts in the readable part.</summary>
    public ulong Cursor => _cursor;

    /// <summary>Bytes of arguments that were not read yet.</summary>
    public ulong Remaining => _end - _cursor;

    /// <summary>Bytes that a reply may have after its header.</summary>
    public ulong ReplyRoom => _chain.WritableBytes - OutHeader.Size;

    /// <summary>Takes a chain up.</summary>
    /// <returns>False when it has no whole header, or the header's lengths are wrong.</returns>
    public bool TryBegin(DescriptorChain chain)
    {
        _chain = chain;
        _header = default;
        if (chain.CopyFrom(0, MemoryMarshal.AsBytes(new Span<InHeader>(ref _header))) < InHeader.Size)
            return false;
        var extensions = _header.ExtensionLength * 8u;
        _cursor = InHeader.Size;
        _end = _header.Length;
        if (_end > chain.ReadableBytes || _end < InHeader.Size + extensions)
            return false;
        _end -= extensions;
        return true;
    }

    /// <summary>Reads a fixed part of the arguments.</summary>
    /// <returns>False when the request is too short.</returns>
    public bool TryRead<T>(out T value)
        where T : unmanaged
    {
        value = default;
        var size = (uint)sizeof(T);
        if (Remaining < size || _chain.CopyFrom(_cursor, MemoryMarshal.AsBytes(new Span<T>(ref value))) < size)
            return false;
        _cursor += size;
        return true;
    }

    /// <summary>
    /// Where the extensions lie in the readable part; to be asked after all arguments were read. Before minor 38 nothing tells their
    /// length, and a security context simply follows.
    /// </summary>
    public (ulong Start, ulong End) Extensions =>
        _header.ExtensionLength > 0 ? (_end, _header.Length) : (_cursor, _end);

    /// <summary>Reads a structure anywhere in the readable part.</summary>
    /// <param name="at">Where.</param>
    /// <param name="end">Where what may be read ends.</param>
    /// <param name="value">The structure.</param>
    public bool TryReadAt<T>(ulong at, ulong end, out T value)
        where T : unmanaged
    {
        value = default;
        return end - at >= (uint)sizeof(T) && _chain.CopyFrom(at, MemoryMarshal.AsBytes(new Span<T>(ref value))) == sizeof(T);
    }

    /// <summary>Reads the first bytes of a structure that older guests send shorter; the rest is 0.</summary>
    /// <param name="value">The structure.</param>
    /// <param name="size">Bytes that are there: no more than the structure has, nor than remain.</param>
    public void ReadPart<T>(out T value, int size)
        where T : unmanaged
    {
        value = default;
        _chain.CopyFrom(_cursor, MemoryMarshal.AsBytes(new Span<T>(ref value))[..size]);
        _cursor += (uint)size;
    }

    /// <summary>Reads the name of a directory entry into <see cref="Name"/>: one component that is not <c>.</c> or <c>..</c>.</summary>
    /// <returns>None, ENAMETOOLONG, or EINVAL.</returns>
    public Errno TryReadName() => TryReadName(Name);

    /// <summary>Reads the name of a directory entry.</summary>
    /// <param name="target">512 bytes.</param>
    /// <returns>None, ENAMETOOLONG, or EINVAL.</returns>
    public Errno TryReadName(byte* target)
    {
        var error = TryReadString(target, NameMax + 1, out var length);
        if (error != Errno.None)
            return error;
        NameLength = length;
        var name = new ReadOnlySpan<byte>(target, length);
        if (length == 0 || name.Contains((byte)'/') || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
            return Errno.EINVAL;
        return Errno.None;
    }

    /// <summary>Reads a string that is no name (target of a link, name of an attribute) into <paramref name="target"/>.</summary>
    /// <param name="target">Receives it with its NUL.</param>
    /// <param name="room">Bytes there.</param>
    /// <param name="length">Bytes without the NUL.</param>
    /// <returns>None, ENAMETOOLONG when there is no NUL in as many bytes, or EINVAL when the request ends before one.</returns>
    public Errno TryReadString(byte* target, int room, out int length)
    {
        var count = _chain.CopyFrom(_cursor, new Span<byte>(target, (int)Math.Min((ulong)room, Remaining)));
        length = new ReadOnlySpan<byte>(target, count).IndexOf((byte)0);
        if (length < 0)
            return count == room ? Errno.ENAMETOOLONG : Errno.EINVAL;
        _cursor += (uint)length + 1;
        return Errno.None;
    }

    /// <summary>Pins the request's inode, the synthetic root not being one.</summary>
    public InodePin Node() => Server.PinNode(_header.NodeId, Errno.EPERM);

    /// <summary>Pins the request's inode for a change: EROFS for the synthetic root and in read-only exports.</summary>
    public InodePin WritableNode() => Server.PinWritable(_header.NodeId);

    /// <summary>Pins an open file of the request's inode.</summary>
    public HandlePin File(ulong handle) => Server.PinHandle(handle, _header.NodeId);

    /// <summary>What the request changes.</summary>
    public FileChange Change { get; }

    /// <summary>The file that CREATE finds and truncates, besides the folder.</summary>
    public FileChange Truncation { get; }

    /// <summary>Lists the request's inode as what it changes, where that has to be announced.</summary>
    /// <param name="export">Its export; null for the synthetic root.</param>
    public FileChange Changing(Export? export)
    {
        if (export is null || !export.Policy.Leased)
            return Change.In(ServingPolicy.Unshared);
        using var node = Node();
        return node.Error == Errno.None ? Change.In(export.Policy).With(node) : Change.In(ServingPolicy.Unshared);
    }

    /// <summary>Begins the change that a slow call makes and ends.</summary>
    /// <param name="call">The call; given back when it has to wait.</param>
    /// <param name="export">The export.</param>
    /// <param name="nodeId">The inode.</param>
    /// <param name="until">When to ask again.</param>
    public bool TryBegin(SlowCall call, Export? export, ulong nodeId, out long until)
    {
        until = 0;
        if (export is null || !export.Policy.Leased || Server.Coherence is null)
            return true;
        call.Change ??= new FileChange(Server);
        using var node = Server.PinNode(nodeId, Errno.EBADF);
        if (node.Error != Errno.None || call.Change.In(export.Policy).With(node).TryBegin(out until))
            return true;
        Server.SlowCalls.Return(call);
        return false;
    }

    /// <summary>Lets the request wait, of which nothing was done yet, and begins it anew then.</summary>
    /// <param name="until">Until when (<see cref="Coherency.BootClock"/>).</param>
    /// <returns><see cref="IRequestProcessor.Deferred"/>.</returns>
    public int Park(long until) => Server.Aside.Take(_chain, until);

    /// <summary>
    /// Takes the caller's ids on, as they are on the host, to make an inode, and its umask where that is applied here (FUSE_DONT_MASK).
    /// </summary>
    /// <param name="umask">The caller's.</param>
    /// <param name="error">EPERM when the ids cannot be had or are forbidden.</param>
    /// <returns>To be disposed of when the file is made.</returns>
    public ThreadCredentials.Scope BecomeCaller(uint umask, out Errno error)
    {
        Credentials.SetUmask(Server.Session.Has(InitFlag.DontMask) ? umask & 0x1ff : 0);
        var (uid, gid) = (_header.Uid, _header.Gid);
        if ((Server.Uids?.TryToHost(_header.Uid, out uid) ?? true) && (Server.Gids?.TryToHost(_header.Gid, out gid) ?? true))
            return Credentials.Become(uid, gid, Server.Session.Has(InitFlag.CreateSuppGroup), out error);
        error = Errno.EPERM;
        return default;
    }

    /// <summary>Answers with an error.</summary>
    /// <returns>Bytes written.</returns>
    public int Fail(Errno error) => Finish(error, 0);

    /// <summary>Answers with an error, or begins the request anew on a thread that may wait when it is EAGAIN.</summary>
    /// <returns>Bytes written, or <see cref="IRequestProcessor.Deferred"/>.</returns>
    public int FailOrWait(Errno error) => error == Errno.EAGAIN && !MayWait ? Server.Aside.Take(_chain) : Fail(error);

    /// <summary>Gives an answer when all guests know that a file has another size.</summary>
    /// <param name="fd">Any descriptor of the file.</param>
    /// <param name="written">The answer.</param>
    /// <returns>The same, or <see cref="IRequestProcessor.Deferred"/>.</returns>
    public int AfterResizeOf(int fd, int written) => Server.Cuts is { } cuts ? cuts.Sizes.AfterResize(_chain, fd, written) : written;

    /// <summary>Gives an answer when all guests know that a file has another size.</summary>
    /// <param name="bucket">The file's place among those that guests have open (<see cref="HandlePin.Bucket"/>).</param>
    /// <param name="written">The answer.</param>
    /// <returns>The same, or <see cref="IRequestProcessor.Deferred"/>.</returns>
    public int AfterResize(int bucket, int written) =>
        bucket >= 0 && Server.Cuts is { } cuts ? cuts.Sizes.AfterResize(_chain, bucket, written, deferred: false) : written;

    /// <summary>Gives the answer of an OPEN when the guest, and after a cut all others, know how long the file is.</summary>
    /// <param name="nodeId">The inode.</param>
    /// <param name="handle">The open file.</param>
    /// <param name="cut">Whether it was cut (O_TRUNC).</param>
    /// <param name="written">The answer.</param>
    /// <returns>The same, or <see cref="IRequestProcessor.Deferred"/>.</returns>
    public int AfterOpen(ulong nodeId, ulong handle, bool cut, int written)
    {
        if (Server.Cuts is not { } cuts)
            return written;
        using var file = Server.Handles.Pin(handle, nodeId);
        if (cut && file.Bucket >= 0)
            cuts.Changes?.Known.Set(nodeId, 0);
        return cut ? AfterResize(file.Bucket, written) : cuts.Sizes.AfterOpen(_chain, file.Bucket, written);
    }

    /// <summary>Answers with the error of the system call made last.</summary>
    /// <returns>Bytes written.</returns>
    public int FailLast() => Finish(LinuxException.LastErrno, 0);

    /// <summary>Answers a call that returned 0 or −1.</summary>
    /// <returns>Bytes written.</returns>
    public int Result(int result) => result < 0 ? FailLast() : Done();

    /// <summary>Answers that all went well, with nothing more.</summary>
    /// <returns>Bytes written.</returns>
    public int Done() => Finish(Errno.None, 0);

    /// <summary>Answers with a structure. Room for it was checked before the handler ran.</summary>
    /// <returns>Bytes written.</returns>
    public int Done<T>(in T payload)
        where T : unmanaged
    {
        Put(0, payload);
        return Finish(Errno.None, (uint)sizeof(T));
    }

    /// <summary>Answers with bytes.</summary>
    /// <returns>Bytes written.</returns>
    public int Done(ReadOnlySpan<byte> payload)
    {
        if ((ulong)payload.Length > ReplyRoom)
            return Fail(Errno.EINVAL);
        _chain.CopyTo(OutHeader.Size, payload);
        return Finish(Errno.None, (uint)payload.Length);
    }

    /// <summary>Answers with a payload that is already in its place.</summary>
    /// <returns>Bytes written.</returns>
    public int DoneInPlace(uint payload) => Finish(Errno.None, payload);

    /// <summary>Writes a part of the payload.</summary>
    /// <param name="offset">From the payload's start.</param>
    /// <param name="part">The part.</param>
    public void Put<T>(ulong offset, in T part)
        where T : unmanaged =>
        _chain.CopyTo(OutHeader.Size + offset, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in part)));

    /// <summary>Writes bytes of the payload.</summary>
    /// <param name="offset">From the payload's start.</param>
    /// <param name="part">The bytes.</param>
    public void PutBytes(ulong offset, ReadOnlySpan<byte> part) => _chain.CopyTo(OutHeader.Size + offset, part);

    /// <inheritdoc/>
    public void Dispose() => NativeMemory.AlignedFree(_memory);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Finish(Errno error, uint payload) => Reply.Write(_chain, _header.Unique, error, payload);
}
