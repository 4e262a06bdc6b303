using System;
using System.IO;
using KataShimNet.RuntimeConfig;
using KataShimNet.RuntimeConfig.Options;

namespace KataShimNet.Shim.Commands;

/// <summary>Which settings file counts, and what is in it.</summary>
internal static class Settings
{
    /// <summary>The file: as the client asked, else as the environment says, else the default place if there is a file; else null.</summary>
    /// <param name="requested">From the options of the request, or null.</param>
    public static string? FindPath(string? requested)
    {
        if (!string.IsNullOrEmpty(requested))
            return requested;
        if (Environment.GetEnvironmentVariable(KatanetOptions.PathVariable) is { Length: > 0 } path)
            return path;
        return File.Exists(KatanetOptions.DefaultPath) ? KatanetOptions.DefaultPath : null;
    }

    /// <summary>Reads the file, its drop-ins and the environment; the file of the default place, if there is one, for null or an empty path.</summary>
    /// <param name="path">As <see cref="FindPath"/> found it.</param>
    /// <exception cref="ConfigException">What is wrong in the file, and where.</exception>
    public static KatanetOptions Load(string? path) => ConfigLoader.Load(string.IsNullOrEmpty(path) ? null : path);
}
