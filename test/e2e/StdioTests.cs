using System;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Images;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests;

public sealed class StdioTests(NodeFixture fixture) : ContainerTest(fixture)
{
    [Fact]
    public async Task Standard_output_and_standard_error_stay_apart()
    {
        CommandResult result = (await RunAsync("sh", "-c", "echo to-output; echo to-error >&2")).Exits(0).Prints("to-output");
        Assert.Equal("to-error", result.ErrorOutput.Trim());
    }

    [Fact]
    public async Task Sixty_four_mebibytes_come_back_through_cat_as_they_were()
    {
        byte[] data = new byte[64 << 20];
        new Random(1).NextBytes(data);
        CommandResult result = (await RunAsync(new ContainerOptions { Input = data, Timeout = TimeSpan.FromMinutes(3) }, "cat")).Exits(0);
        Assert.Equal(data.Length, result.Output.Length);
        Assert.Equal(SHA256.HashData(data), SHA256.HashData(result.Output));
    }

    [Fact]
    public async Task The_end_of_standard_input_arrives()
    {
        using EventLog events = await EventLog.BeginAsync(Node);
        string id = NewId();
        using Process client = Node.Start([.. RunCommand(new ContainerOptions()), TestImages.Busybox, id, "wc", "-l"]);
        await client.StandardInput.WriteAsync("one\ntwo\n");
        // ctr forgets an end that comes before the task is there.
        await events.WaitAsync("/tasks/start", id, StartLimit);
        await Task.Delay(500);
        client.StandardInput.Close();
        Assert.Equal("2", (await client.StandardOutput.ReadToEndAsync().WaitAsync(StartLimit)).Trim());
        await client.WaitForExitAsync();
        Assert.Equal(0, client.ExitCode);
    }

    [Fact]
    public async Task A_reader_that_goes_away_blocks_nobody()
    {
        Assert.SkipUnless(TestNode.IsKatanet, "the runc shim keeps the fifo's read end, so its container waits for ever");
        // More than a pipe, a fifo and all buffers between hold.
        string id = NewId();
        using Process client = Node.Start(
            [.. RunCommand(new ContainerOptions()), TestImages.Busybox, id, "sh", "-c", "echo up; sleep 1; dd if=/dev/zero bs=1M count=16; touch /tmp/written; sleep 1000"]);
        Assert.Equal("up", await client.StandardOutput.ReadLineAsync().WaitAsync(StartLimit));
        client.Kill(entireProcessTree: true);
        await client.WaitForExitAsync();

        // Neither other containers nor other processes of this one wait for it, and it goes on itself.
        (await RunAsync("echo", "another")).Exits(0).Prints("another");
        (await CtrAsync("tasks", "exec", "--exec-id", "beside", id, "echo", "beside")).Exits(0).Prints("beside");
        await EventuallyAsync("the writer goes on to its sleep", TimeSpan.FromSeconds(60), async () =>
            (await CtrAsync("tasks", "exec", "--exec-id", $"look-{Guid.NewGuid():N}", id, "test", "-e", "/tmp/written")).ExitCode == 0);
        // Unblocked output is not a dead container.
        Assert.Equal("RUNNING", await StatusAsync(id));
    }
}
