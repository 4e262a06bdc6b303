using System;
using System.IO;
using KataShimNet.TestGuest;

namespace KataShimNet.CoherencyTests.Runs;

/// <summary>A folder of the repository's own file system that is shared, and one in it where the clients work; gone when it is disposed of.</summary>
internal sealed class TestFolder : IDisposable
{
    /// <summary>Name of the folder in which the clients work.</summary>
    public const string Inner = "run";

    public TestFolder() => Directory.CreateDirectory(Work);

    /// <summary>What is shared.</summary>
    public string Location { get; } = Path.Combine(Built.Repository, "artifacts/test", $"coherency-{Guid.NewGuid():N}");

    /// <summary>Where the clients work.</summary>
    public string Work => Path.Combine(Location, Inner);

    public void Dispose() => Directory.Delete(Location, recursive: true);
}
