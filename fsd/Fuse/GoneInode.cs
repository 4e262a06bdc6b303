using System;
using System.Threading;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fsd.Inodes;

namespace KataShimNet.Fsd.Fuse;

/// <summary>
/// What the guest is told of an inode that it has made, and that others have removed before it could be told of it: that it is there, and nothing of it
/// is valid. So it looks the name up before it uses it; whoever uses the inode all the same is told ESTALE.
/// </summary>
internal static class GoneInode
{
    // Begins somewhere, for the guest may still have what an earlier worker told it.
    private static uint s_count = (uint)Environment.TickCount64;

    /// <summary>An entry for it.</summary>
    /// <param name="request">The request that made it.</param>
    /// <param name="type">Its type: S_IFMT bits.</param>
    public static EntryOut Entry(Request request, uint type)
    {
        var node = InodeTable.NodeOfNothing(Interlocked.Increment(ref s_count));
        return new EntryOut
        {
            NodeId = node,
            Attributes = new FuseAttr { Inode = node, Mode = type, Links = 1, Uid = request.Header.Uid, Gid = request.Header.Gid, BlockSize = 4096 },
        };
    }
}
