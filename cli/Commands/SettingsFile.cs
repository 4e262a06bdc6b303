using System;
using KataShimNet.RuntimeConfig.Options;

namespace KataShimNet.Cli.Commands;

/// <summary>Which settings file a command is about.</summary>
internal static class SettingsFile
{
    /// <summary>The file that was named, else that of the environment, else null for the default place.</summary>
    public static string? Find(string? named) =>
        named ?? (Environment.GetEnvironmentVariable(KatanetOptions.PathVariable) is { Length: > 0 } file ? file : null);
}
