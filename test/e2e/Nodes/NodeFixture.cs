using System.Threading;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Cri;
using KataShimNet.EndToEndTests.Images;
using Xunit;

namespace KataShimNet.EndToEndTests.Nodes;

/// <summary>One node with the test images for all tests; they run one after the other.</summary>
public sealed class NodeFixture : IAsyncLifetime
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private CriClient? _cri;

    /// <summary>The node.</summary>
    public TestNode Node { get; private set; } = null!;

    /// <summary>containerd's CRI plugin; the first call makes the node fit for pods.</summary>
    public async Task<CriClient> CriAsync()
    {
        await _turn.WaitAsync();
        try
        {
            if (_cri is null)
            {
                CriClient cri = CriClient.Connect(Node);
                await CriSetup.PrepareAsync(Node, cri);
                _cri = cri;
            }

            return _cri;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Node = await TestNode.StartAsync();
        try
        {
            await NodeSettings.ResetAsync(Node);
            await TestImages.ImportAsync(Node);
            await NativeSnapshots.WakeAsync(Node);
        }
        catch
        {
            await Node.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _cri?.Dispose();
        _turn.Dispose();
        return Node?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}

/// <summary>The collection that shares the node.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class NodeCollection : ICollectionFixture<NodeFixture>
{
    /// <summary>Name of the collection.</summary>
    public const string Name = "node";
}
