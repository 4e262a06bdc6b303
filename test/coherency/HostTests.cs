using System.Linq;
using System.Threading.Tasks;
using KataShimNet.CoherencyTests.Runs;
using Xunit;

namespace KataShimNet.CoherencyTests;

/// <summary>Three processes on the host's own file system: what they see must be what the model allows, or the model is wrong.</summary>
public sealed class HostTests(ITestOutputHelper output)
{
    private const int Clients = 3;
    private const int PerRound = 2000;

    [Theory]
    // All as fast as they can, and all in step.
    [InlineData(0)]
    [InlineData(4)]
    public async Task Local_file_system_is_linearizable(int lead)
    {
        var settings = RunSettings.FromEnvironment(18_000);
        var tally = new Tally();
        foreach (var seed in settings.Seeds)
        {
            using var folder = new TestFolder();
            using var area = new SharedArea(Clients, PerRound, seed, lead, maps: true);
            var clients = Enumerable.Range(0, Clients).Select(number => new HostClient(area, number, folder.Work)).ToList();
            try
            {
                var ended = Task.WhenAny(clients.Select(client => client.EndAsync())).Unwrap();
                await new ClientRun(area, folder.Work, Clients, guests: 0, seed).RunAsync(settings.Rounds(Clients * PerRound), tally, ended);
                await Task.WhenAll(clients.Select(client => client.EndAsync()));
            }
            finally
            {
                clients.ForEach(client => client.Dispose());
            }
        }

        output.WriteLine($"{tally}");
        Assert.True(tally.Violations == 0, $"{tally}");
    }
}
