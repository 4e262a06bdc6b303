using System;
using System.Text;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd;
using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.Rings;
using KataShimNet.VhostFrontEnd.VhostUser;
using KataShimNet.VhostFrontEnd.Wire;

namespace KataShimNet.Hostile.Guests;

/// <summary>The hostile guest: what a case attacks with. Nodes and handles are looked up and opened when a case first asks for them.</summary>
/// <remarks>Queue 1 is attacked; queue 2 shows that the daemon lives.</remarks>
internal sealed class Guest
{
    private static readonly byte[] s_secret = Encoding.UTF8.GetBytes(HostTree.Secret);

    private ulong? _other, _folder, _link, _fifo, _fileHandle, _folderHandle;

    /// <summary>Plays a guest on a device that was started.</summary>
    public Guest(HostTree tree, Target target, FrontEnd device)
    {
        Tree = tree;
        Target = target;
        Device = device;
        Fuse = new FuseClient(device);
    }

    /// <summary>The host's files.</summary>
    public HostTree Tree { get; }

    /// <summary>The daemon.</summary>
    public Target Target { get; }

    /// <summary>The device.</summary>
    public FrontEnd Device { get; }

    /// <summary>Typed requests on queue 1.</summary>
    public FuseClient Fuse { get; }

    /// <summary>The attacked queue.</summary>
    public VirtQueue Queue => Device.Queues[1];

    /// <summary>Root of the export <c>e</c>.</summary>
    public ulong Root { get; private set; }

    /// <summary>Its <c>file</c>.</summary>
    public ulong File { get; private set; }

    /// <summary>Its <c>folder</c>.</summary>
    public ulong Folder => _folder ??= Fuse.Lookup(Root, "folder").Value.NodeId;

    /// <summary>Its <c>link</c>, which leads out of it.</summary>
    public ulong Link => _link ??= Fuse.Lookup(Root, "link").Value.NodeId;

    /// <summary>Its <c>fifo</c>.</summary>
    public ulong Fifo => _fifo ??= Fuse.Lookup(Root, "fifo").Value.NodeId;

    /// <summary>Root of the export <c>f</c>.</summary>
    public ulong Other => _other ??= Fuse.Lookup(FuseValues.RootId, "f").Value.NodeId;

    /// <summary>A handle of <see cref="File"/> for reading and writing.</summary>
    public ulong FileHandle => _fileHandle ??= Fuse.Open(File, Fcntl.O_RDWR).Value.Fh;

    /// <summary>A handle of <see cref="Folder"/>.</summary>
    public ulong FolderHandle => _folderHandle ??= Fuse.OpenDir(Folder).Value.Fh;

    /// <summary>Begins a new session, as a guest does that has rebooted: what the last one held is given up.</summary>
    public void Renew()
    {
        _other = _folder = _link = _fifo = _fileHandle = _folderHandle = null;
        _ = Fuse.Destroy();
        _ = Fuse.Init(InitFlags.LinuxGuest & ~InitFlags.WritebackCache).Value;
        Root = Fuse.Lookup(FuseValues.RootId, "e").Value.NodeId;
        File = Fuse.Lookup(Root, "file").Value.NodeId;
    }

    /// <summary>Sends a request with a truthful header.</summary>
    /// <param name="opcode">Operation.</param>
    /// <param name="node">Node.</param>
    /// <param name="arguments">What follows the header.</param>
    /// <param name="room">Bytes of the writable part.</param>
    /// <param name="queue">Queue.</param>
    public Answer Send(FuseOpcode opcode, ulong node, ReadOnlySpan<byte> arguments, int room = 4096, int queue = 1) =>
        SendBytes(Fuse.Request(opcode, node, arguments), room, $"{opcode}", queue);

    /// <summary>Sends bytes as a request.</summary>
    public Answer SendBytes(ReadOnlySpan<byte> request, int room, string what, int queue = 1)
    {
        var reply = (Fuse with { Queue = queue }).Raw(request, room, what);
        return Check(reply, request.Length >= FuseClient.InHeaderSize ? BitConverter.ToUInt64(request[8..]) : null, what);
    }

    /// <summary>Checks the form of a reply, and that it tells nothing of the host.</summary>
    /// <param name="reply">As it came.</param>
    /// <param name="unique">Number of the request; null when it had none.</param>
    /// <param name="what">What was sent.</param>
    public static Answer Check(RawReply reply, ulong? unique, string what)
    {
        var bytes = reply.Bytes.AsSpan(0, (int)reply.Written);
        AssertNoSecret(bytes, what);
        if (bytes.IsEmpty)
            return new Answer(what, null, []);
        if (bytes.Length < FuseClient.OutHeaderSize)
            throw new FrontEndException($"{what}: a reply of {bytes.Length} bytes");
        var reader = new WireReader(bytes, what);
        var (length, error, answered) = (reader.U32(), (int)reader.U32(), reader.U64());
        if (length != bytes.Length || error is > 0 or <= -512 || (error != 0 && length != FuseClient.OutHeaderSize) || (unique ?? answered) != answered)
            throw new FrontEndException($"{what}: reply header {{len {length}, error {error}, unique {answered}}} with {bytes.Length} bytes written");
        return new Answer(what, (Errno)(-error), reader.Rest.ToArray());
    }

    /// <summary>Nothing of what a guest got is the host's.</summary>
    public static void AssertNoSecret(ReadOnlySpan<byte> bytes, string what)
    {
        if (bytes.IndexOf(s_secret) >= 0)
            throw new AttackException(Verdict.Escape, $"{what}: the answer holds a file that is not served");
    }

    /// <summary>Fails the case when something is not so.</summary>
    public static void Expect(bool condition, string otherwise)
    {
        if (!condition)
            throw new AttackException(Verdict.WrongEffect, otherwise);
    }

    /// <summary>The daemon answers a good request on every queue, the attacked one last.</summary>
    public void AssertServes()
    {
        for (var queue = Device.Queues.Count - 1; queue > 0; queue--)
            AssertServes(queue);
    }

    /// <summary>The daemon answers a good request on a queue.</summary>
    public void AssertServes(int queue)
    {
        if ((Fuse with { Queue = queue }).Call(FuseOpcode.GetAttr, FuseValues.RootId, new byte[16], 104).Errno != Errno.None)
            throw new AttackException(Verdict.WrongEffect, $"GETATTR of the root fails on queue {queue}");
    }
}
