using KataShimNet.RuntimeConfig.Options;

namespace KataShimNet.Cli.Checks;

/// <summary>What the checks look at.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="Options">The settings in force.</param>
internal sealed record CheckContext(Machine Machine, KatanetOptions Options);
