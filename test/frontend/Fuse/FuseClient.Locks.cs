using KataShimNet.Linux;
using KataShimNet.VhostFrontEnd.Wire;

namespace KataShimNet.VhostFrontEnd.Fuse;

/// <summary>A lock on a range of bytes (struct fuse_file_lock).</summary>
/// <param name="Type">0 F_RDLCK, 1 F_WRLCK, 2 F_UNLCK.</param>
/// <param name="Start">First byte.</param>
/// <param name="End">Last byte.</param>
/// <param name="Pid">Process in the guest.</param>
public sealed record FuseLock(uint Type, ulong Start = 0, ulong End = long.MaxValue, uint Pid = 0);

/// <summary>Calls on locks.</summary>
public sealed partial record FuseClient
{
    /// <summary>Asks what is in the way of a POSIX lock.</summary>
    public FuseResult<FuseLock> GetLk(ulong node, ulong fh, ulong owner, FuseLock wanted) =>
        Call(FuseOpcode.GetLk, node, LockArguments(fh, owner, wanted, flock: false), 24, (ref WireReader reader) =>
        {
            var (start, end) = (reader.U64(), reader.U64());
            return new FuseLock(reader.U32(), start, end, reader.U32());
        });

    /// <summary>Sets or takes away a POSIX lock of an owner; a waiting one blocks the calling thread.</summary>
    public Errno SetLk(ulong node, ulong fh, ulong owner, FuseLock wanted, bool wait = false) =>
        CallForNothing(wait ? FuseOpcode.SetLkw : FuseOpcode.SetLk, node, LockArguments(fh, owner, wanted, flock: false));

    /// <summary>flock(2) on a handle; a waiting one blocks the calling thread.</summary>
    public Errno Flock(ulong node, ulong fh, uint type, bool wait = false) =>
        CallForNothing(wait ? FuseOpcode.SetLkw : FuseOpcode.SetLk, node, LockArguments(fh, ~fh, new FuseLock(type), flock: true));

    /// <summary>Arguments of the lock requests.</summary>
    public byte[] LockArguments(ulong fh, ulong owner, FuseLock wanted, bool flock) => new WireWriter()
        .U64(fh).U64(owner).U64(wanted.Start).U64(wanted.End).U32(wanted.Type).U32(wanted.Pid == 0 ? Pid : wanted.Pid)
        .U32(flock ? FuseValues.LockFlock : 0).U32(0)
        .ToArray();
}
