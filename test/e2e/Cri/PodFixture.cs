using System;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Cri;

/// <summary>
/// Pods that all tests of a class share: derive from it, make them in <see cref="MakeAsync"/>, and name it as the class's
/// IClassFixture; the class itself is in <see cref="NodeCollection"/>.
/// </summary>
/// <param name="fixture">The node.</param>
public abstract class PodFixture(NodeFixture fixture) : IAsyncLifetime
{
    /// <summary>The pods, and the connection to containerd.</summary>
    public PodScope Pods { get; private set; } = null!;

    /// <summary>The node.</summary>
    public TestNode Node => fixture.Node;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        await PrepareAsync(await fixture.CriAsync());
        Pods = await PodScope.BeginAsync(fixture);
        try
        {
            await MakeAsync();
        }
        catch
        {
            await Pods.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Pods.DisposeAsync();
    }

    /// <summary>Brings onto the node what stays there, such as an image.</summary>
    protected virtual Task PrepareAsync(CriClient cri) => Task.CompletedTask;

    /// <summary>Makes what the tests share.</summary>
    protected abstract Task MakeAsync();
}
