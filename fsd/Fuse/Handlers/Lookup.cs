using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Fuse.Handlers;

/// <summary>LOOKUP: from a directory and a name to an inode.</summary>
internal static unsafe class Lookup
{
    /// <summary>Answers with an entry.</summary>
    public static int Handle(Request request)
    {
        var error = request.TryReadName();
        if (error != Errno.None)
            return request.Fail(error);
        if (request.Server.IsSyntheticRoot(request.Header.NodeId))
        {
            error = SyntheticRoot.Lookup(request, out var export);
            return error == Errno.None ? request.Done(export) : request.Fail(error);
        }

        using var parent = request.Node();
        if (parent.Error != Errno.None)
            return request.Fail(parent.Error);
        var policy = parent.Export.Policy;

        // Where nothing may be kept the guest asks again and again for what it has.
        var likelyKnown = HostFile.KeepsNothing(request.Server, policy) || request.LookupGuess.Next();
        var since = HostFile.Since(policy);
        error = HostFile.Lookup(request.Server, parent, request.Name, likelyKnown, out var entry, out var known);
        if (likelyKnown && error == Errno.None)
            request.LookupGuess.Learn(known);
        if (error == Errno.ENOENT && policy.KeepsNegative)
            return request.Done(new EntryOut { EntryValid = policy.Valid });
        if (error == Errno.ENOENT && policy.Leased && HostFile.NameValidity(request.Server, parent, since) is var absent && absent != default)
            return request.Done(new EntryOut { EntryValid = absent.Seconds, EntryValidNanoseconds = absent.Nanoseconds });
        return error == Errno.None ? request.Done(entry) : request.Fail(error);
    }
}
