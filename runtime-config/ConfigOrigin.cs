using System.Globalization;

namespace KataShimNet.RuntimeConfig;

/// <summary>Where the value of a setting comes from.</summary>
/// <param name="Kind">What gave it.</param>
/// <param name="Source">The file, or the name of the environment variable; empty for a default.</param>
/// <param name="Line">Line of the file, from 1; 0 where it is no file.</param>
public sealed record ConfigOrigin(ConfigOriginKind Kind, string Source, int Line)
{
    /// <summary>The value that holds when nothing is said.</summary>
    public static ConfigOrigin Default { get; } = new(ConfigOriginKind.Default, "", 0);

    /// <summary>For people: <c>default</c>, <c>FILE:LINE</c>, <c>environment NAME</c>.</summary>
    public override string ToString() => Kind switch
    {
        ConfigOriginKind.Default => "default",
        ConfigOriginKind.Environment => $"environment {Source}",
        _ => string.Create(CultureInfo.InvariantCulture, $"{Source}:{Line}"),
    };
}

/// <summary>What can give a setting its value; each wins over those before it.</summary>
public enum ConfigOriginKind
{
    /// <summary>The program itself.</summary>
    Default,
    /// <summary>The settings file.</summary>
    File,
    /// <summary>A file of the folder <c>config.d</c> beside it.</summary>
    DropIn,
    /// <summary>An environment variable.</summary>
    Environment,
}
