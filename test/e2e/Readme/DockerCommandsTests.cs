using System;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Docker;
using Xunit;

namespace KataShimNet.EndToEndTests.Readme;

/// <summary>The README's commands for Docker.</summary>
public sealed class DockerCommandsTests(DockerFixture fixture) : DockerTest(fixture)
{
    [Fact]
    public async Task They_work_as_they_stand_there()
    {
        try
        {
            (await Docker.Node.RunAsync(TimeSpan.FromMinutes(3), null, "sh", "-c", ReadmeBlock.Script("docker"))).Exits(0);
        }
        finally
        {
            await RemoveAsync("box");
        }
    }
}
