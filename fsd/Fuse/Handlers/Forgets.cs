using System;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fsd.Rings.Inflight;

namespace KataShimNet.Fsd.Fuse.Handlers;

/// <summary>FORGET and BATCH_FORGET: the guest gives lookups back. There is no reply, so wrong ones are passed over.</summary>
internal static class Forgets
{
    /// <summary>
    /// Most inodes of one BATCH_FORGET that are looked at: Linux sends as many as fit into its buffer of some pages. A chain of 4 GiB,
    /// which a guest can lay out of a few megabytes, would keep the queue for minutes.
    /// </summary>
    public const uint MaxBatch = 65_536;

    /// <summary>One inode.</summary>
    public static int Forget(Request request)
    {
        // Noted first: lookups that were given back twice could take an inode away that the guest has.
        if (Replay.IsDone(request))
            return 0;
        request.Chain.NoteEffect(EffectState.Applied);
        if (request.TryRead(out ForgetIn forget))
            Forget(request, request.Header.NodeId, forget.Lookups);
        return 0;
    }

    /// <summary>Many inodes; as many as the request really carries.</summary>
    public static int BatchForget(Request request)
    {
        if (!request.TryRead(out BatchForgetIn batch))
            return 0;
        var done = Replay.HasBegun(request) ? request.Chain.EffectDetail : 0;
        for (var i = 0u; i < Math.Min(batch.Count, MaxBatch) && request.TryRead(out ForgetOne one); i++)
        {
            if (i < done)
                continue;
            request.Chain.NoteEffect(EffectState.Begun, i + 1);
            Forget(request, one.NodeId, one.Lookups);
        }

        return 0;
    }

    private static void Forget(Request request, ulong nodeId, ulong lookups)
    {
        if (nodeId != FuseServer.RootId)
            request.Server.Inodes.Forget(nodeId, lookups);
    }
}
