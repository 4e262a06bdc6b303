using System;
using System.Threading.Tasks;
using KataShimNet.TestGuest;
using KataShimNet.VhostFrontEnd.Daemons;

namespace KataShimNet.CoherencyTests.Runs;

/// <summary>A worker on the host itself.</summary>
internal sealed class HostClient : IDisposable
{
    private readonly Daemon _process;

    /// <summary>Starts it.</summary>
    public HostClient(SharedArea area, int number, string folder) =>
        _process = new Daemon(Built.Program("katanet-worker"), [area.Location, $"{number}", folder]);

    /// <summary>Waits until it ends.</summary>
    /// <exception cref="InvalidOperationException">It did not succeed; the message has what it wrote.</exception>
    public async Task EndAsync()
    {
        var exit = await _process.Exited;
        if (exit.ShellStatus != 0)
            throw new InvalidOperationException($"the worker ended with {exit}: {_process.Log}");
    }

    /// <summary>Ends it when it has not ended by itself.</summary>
    public void Dispose() => _process.Dispose();
}
