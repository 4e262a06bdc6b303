using System;
using System.Linq;
using KataShimNet.Fsd.Coherency.Peers;
using KataShimNet.Fsd.Dax;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Coherency.Sizes;

/// <summary>That a file has another size: told to the daemons whose guests have it open, and heard from them. In the keeper; of any thread.</summary>
/// <param name="opens">Who has which file open; not owned.</param>
/// <param name="members">The daemons of the node.</param>
/// <param name="links">Links to the others, of their own: an answer waits for a guest, which may wait for a cut.</param>
/// <param name="guest">Our guest; null as long as nobody can ask it.</param>
/// <param name="logger">Log.</param>
internal sealed class SizeNews(OpenFiles opens, INodeMembers members, PeerLinks links, Func<GuestSizes?> guest, ILogger logger) : IPeerRequests
{
    // Another daemon waits for its guest as long as we would for ours; then it answers.
    private static readonly TimeSpan s_limit = GuestSizes.DefaultLimit + TimeSpan.FromSeconds(1);

    /// <summary>Handles a request of the worker (<see cref="ChannelServer.Handler"/>).</summary>
    /// <param name="call">The request.</param>
    /// <param name="data">Room for data of the answer.</param>
    /// <param name="length">Bytes of data: none.</param>
    public ulong Handle(ChannelCall call, Span<byte> data, out int length)
    {
        length = 0;
        var bucket = call.Index < OpenFiles.Buckets ? (int)call.Index : throw new LinuxException(Errno.EPROTO, "sizes", $"bucket {call.Index}");
        switch (call.Operation)
        {
            case ChannelOperation.TellOthers:
                TellOthers(bucket);
                return 0;
            case ChannelOperation.TellOurGuest:
                _ = guest()?.Refresh(bucket, (long)call.Value);
                return 0;
            default:
                throw new LinuxException(Errno.ENOSYS, "sizes", call.Operation.ToString());
        }
    }

    /// <inheritdoc/>
    public Errno Handle(in PeerRequest request)
    {
        if (request.Operation != PeerOperation.Resized || request.Inode >= OpenFiles.Buckets)
            return Errno.EPROTO;
        return guest()?.Refresh((int)request.Inode) ?? Errno.None;
    }

    private void TellOthers(int bucket)
    {
        var others = opens.Users(bucket).Where(slot => slot != members.Self.Slot).Select(slot => (Slot: slot, Peer: members.Find(slot))).ToList();
        foreach (var (slot, peer) in others)
        {
            if (peer is null)
                opens.Clear(bucket, slot);
        }

        var request = PeerRequest.Of(PeerOperation.Resized, new FileIdentity(0, 0, (ulong)bucket), 0, long.MaxValue);
        var error = links.Ask(others.Select(other => other.Peer).OfType<PeerId>(), request, s_limit, peer => members.Find(peer.Slot) == peer);
        if (error != Errno.None)
            SizeLog.NotTold(logger, error.ToString());
    }
}
