using System.Diagnostics;
using System.Threading.Tasks;
using KataShimNet.TestGuest;
using Xunit;

namespace KataShimNet.PosixTests.Places;

/// <summary>All cases on the host's ext4: the reference.</summary>
public sealed class HostRun : IAsyncLifetime
{
    public Outcomes Outcomes { get; } = new();

    public async ValueTask InitializeAsync()
    {
        using var folder = new TestFolder();
        using var process = Process.Start(new ProcessStartInfo(Built.Program("katanet-posix"), [folder.Location]) { RedirectStandardOutput = true })!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
            Outcomes.Add(line);
        await process.WaitForExitAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
