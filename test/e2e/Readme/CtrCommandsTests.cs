using System;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Readme;

/// <summary>The README's commands for ctr.</summary>
public sealed class CtrCommandsTests(NodeFixture fixture) : ContainerTest(fixture)
{
    [Fact]
    public async Task They_work_as_they_stand_there() =>
        (await Node.RunAsync(TimeSpan.FromMinutes(3), null, "sh", "-c", ReadmeBlock.Script("ctr"))).Exits(0);
}
