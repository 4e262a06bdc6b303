using System.IO;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Images;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Packages;

/// <summary>A node that has nothing of ours but a test image: what is installed comes from the packages.</summary>
public sealed class BareNodeFixture : IAsyncLifetime
{
    /// <summary>The node.</summary>
    public TestNode Node { get; private set; } = null!;

    /// <summary>The repository's folder.</summary>
    public static string Repository { get; } = TestNode.FindRepository();

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Node = await TestNode.StartAsync("bare", bare: true);
        try
        {
            await TestImages.ImportAsync(Node);
            // The script alone; the rest of a package comes when it is installed.
            File.Copy(Path.Combine(Repository, "deploy/install/containerd-handler"), Path.Combine(Node.State, "containerd-handler"));
        }
        catch
        {
            await Node.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Node?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>The collection that shares the bare node.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class BareNodeCollection : ICollectionFixture<BareNodeFixture>
{
    /// <summary>Name of the collection.</summary>
    public const string Name = "bare node";
}
