using System.Threading.Tasks;
using Xunit;

namespace KataShimNet.EndToEndTests.Docker;

/// <summary>One node with Docker for all its tests.</summary>
public sealed class DockerFixture : IAsyncLifetime
{
    /// <summary>The node.</summary>
    public DockerNode Docker { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => Docker = await DockerNode.StartAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Docker?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>The collection that shares the node with Docker.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class DockerCollection : ICollectionFixture<DockerFixture>
{
    /// <summary>Name of the collection.</summary>
    public const string Name = "docker";
}
