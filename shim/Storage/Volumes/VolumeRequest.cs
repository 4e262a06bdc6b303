using KataShimNet.AgentProto.Kata.Oci;
using KataShimNet.Linux;

namespace KataShimNet.Shim.Storage.Volumes;

/// <summary>A mount of a specification that is to become one of the guest.</summary>
/// <param name="Mount">The mount; changed to what the guest's runtime shall mount.</param>
/// <param name="Options">Its options.</param>
/// <param name="Source">What its source is on the host; null when the host has no part in it.</param>
internal sealed record VolumeRequest(Mount Mount, MountOptions Options, OpenedPath? Source);
