using System;
using System.Collections.Generic;
using KataShimNet.Linux;

namespace KataShimNet.VhostFrontEnd.VhostUser;

/// <summary>An answer of the back end.</summary>
/// <param name="Request">What it answers.</param>
/// <param name="Flags">Version, reply and need-reply bits.</param>
/// <param name="Payload">The bytes behind the header.</param>
/// <param name="Fds">Descriptors that came along; the receiver owns them.</param>
public sealed record VhostUserReply(VhostUserRequest Request, uint Flags, byte[] Payload, IReadOnlyList<OwnedFd> Fds)
{
    /// <summary>The payload as one u64, the form of most answers.</summary>
    public ulong U64 => Payload.Length == 8
        ? BitConverter.ToUInt64(Payload)
        : throw new FrontEndException($"{Request}: the answer has {Payload.Length} bytes instead of 8");
}
