using System.Collections.Generic;
using KataShimNet.Linux;
using KataShimNet.VhostFrontEnd.Wire;

namespace KataShimNet.VhostFrontEnd.Fuse;

/// <summary>Calls that concern the session and the life of nodes.</summary>
public sealed partial record FuseClient
{
    /// <summary>INIT with 7.45, the version of Linux 7.2.</summary>
    public FuseResult<FuseInit> Init(InitFlags flags = InitFlags.LinuxGuest, uint major = 7, uint minor = 45)
    {
        var arguments = new WireWriter().U32(major).U32(minor).U32(128 * 1024).U32((uint)flags).U32((uint)((ulong)flags >> 32)).Zeros(44);
        var result = Call(FuseOpcode.Init, 0, arguments.ToArray(), 64, (ref WireReader reader) =>
        {
            var init = FuseInit.Read(ref reader);
            _ = reader.Bytes(reader.Rest.Length);
            return init;
        });
        if (result.Errno == Errno.None)
            Session.Init = result.Value;
        return result;
    }

    /// <summary>Ends the session. Whether a reply header comes is up to the daemon; an error is not.</summary>
    public Errno Destroy()
    {
        var reply = Raw(Request(FuseOpcode.Destroy, 0, []), OutHeaderSize, nameof(Destroy));
        return reply.Errno ?? Errno.None;
    }

    /// <summary>Gives up references to a node, on the high-priority queue.</summary>
    public void Forget(ulong nodeId, ulong count) =>
        CallWithoutReply(FuseOpcode.Forget, nodeId, new WireWriter().U64(count).ToArray(), queue: 0);

    /// <summary>Gives up references to several nodes, on the high-priority queue.</summary>
    public void BatchForget(params IReadOnlyCollection<(ulong NodeId, ulong Count)> nodes)
    {
        var arguments = new WireWriter().U32((uint)nodes.Count).U32(0);
        foreach (var (nodeId, count) in nodes)
            arguments.U64(nodeId).U64(count);
        CallWithoutReply(FuseOpcode.BatchForget, 0, arguments.ToArray(), queue: 0);
    }

    /// <summary>Asks to interrupt a request. Whether a reply comes is up to the daemon.</summary>
    /// <returns>The reply's error, or null without one.</returns>
    public Errno? Interrupt(ulong unique) =>
        (this with { Queue = 0 }).Raw(
            Request(FuseOpcode.Interrupt, 0, new WireWriter().U64(unique).ToArray()), OutHeaderSize, nameof(Interrupt)).Errno;

    /// <summary>Figures of the file system that a node is on.</summary>
    public FuseResult<FuseStatFs> StatFs(ulong nodeId) => Call(FuseOpcode.StatFs, nodeId, [], 80, FuseStatFs.Read);

    /// <summary>Flushes a whole file system.</summary>
    public Errno SyncFs(ulong nodeId) => CallForNothing(FuseOpcode.SyncFs, nodeId, new WireWriter().U64(0).ToArray());
}
