using System;
using System.IO;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Coherency;
using KataShimNet.Fsd.Exports;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fsd.Inodes;
using KataShimNet.Fsd.Rings;
using KataShimNet.Fsd.State;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.UnitTests.Fsd;

/// <summary>A guest for tests: sends requests over native memory to a real server on a real folder, on a thread like a queue's.</summary>
internal sealed unsafe class FuseSession : IDisposable
{
    private const int Room = 2 << 20;
    private readonly byte* _in = (byte*)NativeMemory.AllocZeroed(Room);
    private readonly byte* _out = (byte*)NativeMemory.AllocZeroed(Room);
    private readonly DescriptorChain _chain;
    private readonly ManualResetEventSlim _completed = new();
    private readonly IRequestProcessor _processor;
    private TableFiles? _tables;
    private DescriptorSnapshot? _left;
    private uint _completedBytes;
    private ulong _unique = 100;

    private FuseSession(string folder, FuseServer server)
    {
        Folder = folder;
        Server = server;
        _chain = new DescriptorChain((_, written) =>
        {
            _completedBytes = written;
            _completed.Set();
        });
        _processor = server.CreateProcessor();
    }

    /// <summary>The shared folder on the host.</summary>
    public string Folder { get; }

    public FuseServer Server { get; }

    /// <summary>Bytes per readable and writable segment; 0 is one of each.</summary>
    public int Split { get; set; }

    public uint Uid { get; set; }

    public uint Gid { get; set; }

    /// <summary>Runs a test with one folder served as the root.</summary>
    public static void RunShared(Action<FuseSession> test, bool readOnly = false) =>
        Run(folder => new FuseServer(Open(folder), ServingOptions.ForExports with { ReadOnly = readOnly }), test);

    /// <summary>Runs a test with a synthetic root, and the folder below it as "data".</summary>
    public static void RunExport(CoherencyClass coherency, bool readOnly, Action<FuseSession, ulong> test) => Run(
        folder =>
        {
            var server = new FuseServer(ServingOptions.ForExports);
            server.AddExport("data", new ExportPolicy(coherency, readOnly), Open(folder));
            return server;
        },
        session => test(session, session.Lookup(1, "data").NodeId));

    /// <summary>Runs a test with one folder that two daemons of a node serve as the root, each to its guest.</summary>
    /// <param name="terms">For how long guests believe what they are told.</param>
    /// <param name="test">The test.</param>
    public static void RunPods(LeaseTerms terms, Action<FuseSession, FuseSession> test)
    {
        using var node = new Coherency.Node();
        FuseServer Serve(string folder) => new(
            Open(folder), ServingOptions.ForExports with { NodeDaemon = 0 }, coherence: new Coherence(node.Register(), terms));
        Run(
            Serve,
            session => session.With(Serve(session.Folder), other =>
            {
                Ok(other.Init());
                test(session, other);
            }),
            below: "/dev/shm");
    }

    /// <summary>Runs a test with one folder served as the root, whose server can die: <see cref="Restart"/>.</summary>
    /// <param name="test">The test.</param>
    /// <param name="limit">Descriptors that the server thinks it may have; 0 is as many as the process may.</param>
    /// <param name="options">How the folder is served.</param>
    /// <param name="below">Where the folder is made, for another file system; null is the temporary folder.</param>
    public static void RunMortal(Action<FuseSession> test, long limit = 0, ServingOptions? options = null, string? below = null)
    {
        using var tables = TableFiles.Create();
        var budget = limit == 0 ? null : new DescriptorBudget(limit);
        // Nothing is kept, so that the guest asks as often as it can.
        options ??= ServingOptions.ForExports with { Cache = CacheMode.Never };
        Run(folder => new FuseServer(Open(folder), options, null, null, tables.Duplicate(), budget), session =>
        {
            session._tables = tables;
            test(session);
        }, below);
    }

    /// <summary>
    /// Lets the server die as it is, which here means that it is never used again, and goes on with another one that has its tables
    /// and duplicates of its descriptors.
    /// </summary>
    /// <param name="after">What to try with the other one.</param>
    public void Restart(Action<FuseSession> after)
    {
        _left = DescriptorSnapshot.Of(_tables!);
        var descriptors = new DescriptorMap();
        foreach (var number in _left.Numbers)
            descriptors.Add(number, OwnedFd.FromCall(Fcntl.fcntl(number, Fcntl.F_DUPFD_CLOEXEC, 3), "fcntl"));
        var server = new FuseServer(Open(Folder), Server.Options, null, null, _tables!.Duplicate());
        server.Recover(descriptors);
        With(server, after);
    }

    /// <summary>The record of an inode, to be changed as if the server died in the midst of a step.</summary>
    public InodeSlot* Record(ulong node)
    {
        // Maps the table a second time; it lives as long as the test run.
        var slots = InodeTable.Map(_tables!.Inodes.Duplicate());
        return slots.Shards[(int)(node & 15)].At((int)((uint)node >> 4));
    }

    /// <summary>Writes other numbers over the descriptors, as a worker does that dies while it takes the tables up, and lets the keeper restore them.</summary>
    public void BreakRecovery()
    {
        var before = DescriptorSnapshot.Of(_tables!);
        var slots = InodeTable.Map(_tables!.Inodes.Duplicate());
        foreach (var shard in slots.Shards)
        {
            for (var i = shard.NextLive(0); i >= 0; i = shard.NextLive(i + 1))
                shard.At(i)->Fd = 1_000_000;
        }

        slots.Dispose();
        before.Restore(_tables!);
    }

    public static OwnedFd Open(string path) => OwnedFd.FromCall(
        Fcntl.openat(Fcntl.AT_FDCWD, path, Fcntl.O_PATH | Fcntl.O_CLOEXEC, 0), "openat", path);

    public string Host(string name) => Path.Combine(Folder, name);

    public FuseReply Init(uint minor = 45, ulong flags = ulong.MaxValue) => Call(
        Opcode.Init, 0, Bytes(new InitIn { Major = 7, Minor = minor, MaxReadahead = 131072, Flags = (uint)flags, Flags2 = (uint)(flags >> 32) }));

    public EntryOut Lookup(ulong parent, string name) => Ok(Call(Opcode.Lookup, parent, Name(name))).As<EntryOut>();

    public ulong Open(ulong node, int flags, bool directory = false) => Ok(Call(
        directory ? Opcode.Opendir : Opcode.Open, node, Bytes(new OpenIn { Flags = (uint)flags }))).As<OpenOut>().Handle;

    public CreateOut Create(ulong parent, string name, int flags = Fcntl.O_RDWR, uint mode = 0x1a4) => Ok(Call(
        Opcode.Create, parent, [.. Bytes(new CreateIn { Flags = (uint)flags, Mode = mode }), .. Name(name)])).As<CreateOut>();

    public FuseReply Write(ulong node, ulong handle, ulong offset, byte[] data, uint flags = 0) => Call(
        Opcode.Write, node,
        [.. Bytes(new WriteIn { Handle = handle, Offset = offset, Count = (uint)data.Length, WriteFlags = flags }), .. data]);

    public FuseReply Read(ulong node, ulong handle, ulong offset, uint count, int? room = null) => Call(
        Opcode.Read, node, Bytes(new ReadIn { Handle = handle, Offset = offset, Count = count }), room ?? ((int)count + OutHeader.Size));

    /// <summary>Runs a part of a test on the same thread and folder with another server.</summary>
    public void With(FuseServer server, Action<FuseSession> test)
    {
        using var session = new FuseSession(Folder, server);
        test(session);
    }

    /// <summary>Sends a request and checks the form of the reply.</summary>
    /// <param name="opcode">Which.</param>
    /// <param name="node">Node id.</param>
    /// <param name="arguments">All behind the header.</param>
    /// <param name="room">Writable bytes.</param>
    public FuseReply Call(Opcode opcode, ulong node, byte[] arguments, int room = 65536)
    {
        var header = new InHeader
        {
            Length = (uint)(InHeader.Size + arguments.Length),
            Opcode = (uint)opcode,
            Unique = ++_unique,
            NodeId = node,
            Uid = Uid,
            Gid = Gid,
        };
        return Send([.. Bytes(header), .. arguments], room);
    }

    /// <summary>Sends any bytes as a request.</summary>
    public FuseReply Send(byte[] request, int room = 65536)
    {
        request.CopyTo(new Span<byte>(_in, Room));
        new Span<byte>(_out, room + 64).Fill(0xee);
        Build(request.Length, room);
        var written = Process();
        // What lies behind the writable part is none of the device's business.
        Assert.Equal(-1, new ReadOnlySpan<byte>(_out + room, 64).IndexOfAnyExcept((byte)0xee));
        if (written == 0)
            return new FuseReply(0, Errno.None, []);
        var header = MemoryMarshal.Read<OutHeader>(new ReadOnlySpan<byte>(_out, OutHeader.Size));
        Assert.Equal(written, (int)header.Length);
        Assert.InRange(written, OutHeader.Size, room);
        if (request.Length >= InHeader.Size)
            Assert.Equal(MemoryMarshal.Read<InHeader>(request).Unique, header.Unique);
        if (header.Error != 0)
            Assert.Equal(OutHeader.Size, written);
        return new FuseReply(written, (Errno)(-header.Error), new ReadOnlySpan<byte>(_out + OutHeader.Size, written - OutHeader.Size).ToArray());
    }

    /// <summary>Prepares a request to be processed many times by <see cref="Process"/>.</summary>
    public void Prepare(Opcode opcode, ulong node, byte[] arguments, int room)
    {
        var header = new InHeader { Length = (uint)(InHeader.Size + arguments.Length), Opcode = (uint)opcode, NodeId = node };
        byte[] request = [.. Bytes(header), .. arguments];
        request.CopyTo(new Span<byte>(_in, Room));
        Build(request.Length, room);
    }

    public int Process()
    {
        var written = _processor.Process(_chain);
        if (written != IRequestProcessor.Deferred)
            return written;
        Assert.True(_completed.Wait(TimeSpan.FromSeconds(30)), "the deferred request was never completed");
        _completed.Reset();
        return (int)_completedBytes;
    }

    public static FuseReply Ok(FuseReply reply)
    {
        Assert.Equal(Errno.None, reply.Error);
        return reply;
    }

    public static byte[] Bytes<T>(T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();

    public static byte[] Name(string name) => [.. Encoding.UTF8.GetBytes(name), 0];

    public void Dispose()
    {
        (_processor as IDisposable)?.Dispose();
        // A dead server does nothing any more: not even close.
        foreach (var number in _left?.Numbers ?? [])
            _ = Unistd.close(number);
        if (_left is null)
            Server.Dispose();
        _chain.Dispose();
        _completed.Dispose();
        NativeMemory.Free(_in);
        NativeMemory.Free(_out);
    }

    private static void Run(Func<string, FuseServer> make, Action<FuseSession> test, string? below = null)
    {
        var folder = below is null
            ? Directory.CreateTempSubdirectory("fuse-test-").FullName
            : Directory.CreateDirectory(Path.Combine(below, $"fuse-test-{Guid.NewGuid():n}")).FullName;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                LinuxException.Check(Sched.unshare(Sched.CLONE_FS), "unshare");
                using var session = new FuseSession(folder, make(folder));
                Ok(session.Init());
                test(session);
            }
#pragma warning disable CA1031
            catch (Exception exception)
#pragma warning restore CA1031
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        });
        thread.Start();
        thread.Join();
        // A guest's names need not be UTF-8, and Directory.Delete does not find those again.
        using (var remove = System.Diagnostics.Process.Start("rm", ["-rf", folder]))
            remove.WaitForExit();
        failure?.Throw();
    }

    private void Build(int readable, int writable)
    {
        _chain.Reset(0);
        Add(_in, readable, false);
        Add(_out, writable, true);
    }

    private void Add(byte* start, int length, bool writable)
    {
        var step = Split == 0 ? Math.Max(length, 1) : Math.Max(Split, (length / DescriptorChain.MaxSegments) + 1);
        for (var at = 0; at < length; at += step)
            Assert.True(_chain.TryAdd(start + at, (uint)Math.Min(step, length - at), writable));
    }
}
