using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests;

[Trait("Suite", "hello")]
public sealed class HelloTests(NodeFixture fixture) : ContainerTest(fixture)
{
    [Fact]
    public async Task A_container_prints_its_output() =>
        (await RunAsync("echo", "hello")).Exits(0).Prints("hello");

    [Fact]
    public async Task It_has_a_kernel_of_its_own_and_its_root_is_on_virtiofs()
    {
        string text = (await RunAsync("sh", "-c", "uname -r; grep ' / ' /proc/mounts")).Exits(0).Text;
        Assert.SkipUnless(TestNode.IsKatanet, "a plain container shares the host's kernel and has its root on overlay");
        string[] lines = text.Trim().Split('\n');
        Assert.NotEqual((await File.ReadAllTextAsync("/proc/sys/kernel/osrelease")).Trim(), lines[0]);
        Assert.Contains(" / virtiofs ", lines[^1]);
    }

    [Fact]
    public async Task Events_tell_the_life_of_a_task()
    {
        using EventLog events = await EventLog.BeginAsync(Node);
        string id = NewId();
        (await RunAsync(new ContainerOptions { Id = id }, "true")).Exits(0);
        await events.WaitAsync("/tasks/delete", id, StartLimit);
        Assert.Equal((IEnumerable<string>)["/tasks/create", "/tasks/start", "/tasks/exit", "/tasks/delete"], events.Topics(id));
    }
}
