using System.Collections.Generic;
using KataShimNet.RuntimeConfig.Options;

namespace KataShimNet.RuntimeConfig;

/// <summary>Settings with where they come from.</summary>
/// <param name="Options">The settings in force.</param>
/// <param name="Origins">By whole key (<c>hypervisor.vcpus</c>); a key that is not here has its default.</param>
/// <param name="Files">The files that were read, in the order in which they count.</param>
public sealed record LoadedConfig(KatanetOptions Options, IReadOnlyDictionary<string, ConfigOrigin> Origins, IReadOnlyList<string> Files)
{
    /// <summary>Where the value of a key comes from.</summary>
    /// <param name="key">The whole key.</param>
    public ConfigOrigin OriginOf(string key) => Origins.TryGetValue(key, out ConfigOrigin? origin) ? origin : ConfigOrigin.Default;
}
