using System;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Commands;

/// <summary>katanet exec --guest: programs in the guest's own root, where the settings allow it.</summary>
public sealed class GuestExecTests(NodeFixture fixture) : ContainerTest(fixture)
{
    private const string Settings = "/etc/katanet/console.yaml";
    private const string Initrd = "/tmp/katanet-with-shell.cpio.zst";

    public override async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(TestNode.IsKatanet, "a plain container has no guest");
        await base.InitializeAsync();
    }

    public override ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return TestNode.IsKatanet ? base.DisposeAsync() : ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("virtiofs")]
    [InlineData("initrd")]
    public async Task A_program_runs_in_the_guests_own_root(string boot)
    {
        // The archive with the shell is appended as the documents say.
        (await Node.RunAsync("sh", "-c", $"cat /usr/share/katanet/guest.cpio.zst /usr/share/katanet/shell.cpio.zst > {Initrd}")).Exits(0);
        await Node.WriteFileAsync(Settings, $"agent:\n  start_timeout_seconds: 300\n  debug_console: true\nguest:\n  boot: {boot}\n  initrd: {Initrd}\n");
        try
        {
            string id = await StartAsync(new ContainerOptions { Config = Settings }, "sleep", "1000");
            CommandResult result = await GuestAsync(id, "sh", "-c", "uname -r; ps -o pid,args; echo wrong >&2; exit 7");
            Assert.Equal((7, "wrong\n"), (result.ExitCode, result.ErrorOutput));
            string release = (await Node.RunAsync("katanet", "exec", id, "--", "uname", "-r")).Exits(0).Text;
            Assert.StartsWith(release, result.Text, StringComparison.Ordinal);
            // Processes of the container and the agent itself, under their numbers in the guest.
            Assert.Matches(@"(?m)^ *1 .*init$", result.Text);
            Assert.Matches(@"(?m)^ *\d+ sleep 1000$", result.Text);

            byte[] input = new byte[200_000];
            Random.Shared.NextBytes(input);
            result = await Node.RunAsync(StartLimit, new MemoryStream(input), "katanet", "exec", "--guest", id, "--", "wc", "-c");
            Assert.Equal("200000", result.Text.Trim());

            result = await GuestAsync(id, "no-such-program");
            Assert.Equal(127, result.ExitCode);

            // A terminal of this size, with a shell that its end ends.
            result = await Node.RunAsync(
                StartLimit, new MemoryStream("tty; stty size; exit 3\n"u8.ToArray()), "script", "-qec", $"stty rows 33 cols 77; katanet exec --guest {id}", "/dev/null");
            Assert.Equal(3, result.ExitCode);
            Assert.Contains("/dev/pts/", result.Text, StringComparison.Ordinal);
            Assert.Contains("33 77", result.Text, StringComparison.Ordinal);
        }
        finally
        {
            await Node.RunAsync("rm", "-f", Settings, Initrd);
        }
    }

    private Task<CommandResult> GuestAsync(string id, params string[] command) => Node.RunAsync(["katanet", "exec", "--guest", id, "--", .. command]);
}
