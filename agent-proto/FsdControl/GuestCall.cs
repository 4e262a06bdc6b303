using System.Collections.Generic;
using System.Text.Json.Serialization;

namespace KataShimNet.AgentProto.FsdControl;

/// <summary>
/// What fsd asks of the shim, for only that one can ask the guest: to have the guest ask fsd anew for the sizes of files that it has open. One JSON
/// packet on a SOCK_SEQPACKET socket of its own (<c>--guest-fd</c>), answered by a <see cref="GuestAnswer"/>; several may be on their way.
/// </summary>
/// <param name="Id">Repeated in the answer.</param>
/// <param name="Files">The files.</param>
public sealed record GuestCall(int Id, IReadOnlyList<GuestFile> Files)
{
    /// <summary>Most bytes of one packet, either way.</summary>
    public const int MaxPacket = 128 * 1024;
}

/// <summary>A file, as the guest finds it.</summary>
/// <param name="Export">Name of the export.</param>
/// <param name="Node">The inode: FUSE's node id, by which the guest's kernel knows it (open_by_handle_at(2)).</param>
public sealed record GuestFile(string Export, ulong Node);

/// <summary>The answer to a <see cref="GuestCall"/>: the guest has asked, or cannot be reached any more.</summary>
/// <param name="Id">The call's.</param>
public sealed record GuestAnswer(int Id);

/// <summary>JSON forms of the messages, generated at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(GuestCall))]
[JsonSerializable(typeof(GuestAnswer))]
public sealed partial class GuestCallJson : JsonSerializerContext;
