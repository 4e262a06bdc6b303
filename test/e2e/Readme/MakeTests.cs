using System;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Readme;

/// <summary>The README's first steps, which need nothing of ours installed.</summary>
public sealed class MakeTests
{
    [Fact]
    public async Task The_demo_goes_to_its_end()
    {
        CommandResult demo = (await RepositoryMake.RunAsync(TimeSpan.FromMinutes(5), "demo")).Exits(0);
        Assert.Contains("| hello from a container in its own virtual machine\n", demo.Text, StringComparison.Ordinal);
        Assert.Contains("exit code: 7\n", demo.Text, StringComparison.Ordinal);
        Assert.EndsWith("\n== Done\n", demo.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_shell_has_an_image_and_the_command_its_exit_code()
    {
        CommandResult images = (await RepositoryMake.RunAsync(TimeSpan.FromMinutes(2), "shell", "CMD=ctr images ls --quiet")).Exits(0);
        Assert.Equal("docker.io/library/busybox:local\n", images.Text);
        (await Command.RunAsync(
            TimeSpan.FromMinutes(2), null, TestNode.FindRepository() + "/deploy/node/node.sh", "shell", "exit 7")).Exits(7);
    }
}
