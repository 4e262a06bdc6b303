using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Commands;

/// <summary>The command katanet on a node, with a sandbox that runs.</summary>
public sealed class KatanetTests(NodeFixture fixture) : ContainerTest(fixture)
{
    public override async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(TestNode.IsKatanet, "katanet looks after our runtime only");
        await base.InitializeAsync();
    }

    public override ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return TestNode.IsKatanet ? base.DisposeAsync() : ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_sandbox_is_listed_looked_into_and_heard()
    {
        string id = await StartAsync("sh", "-c", "echo started >/dev/console 2>/dev/null; sleep 1000");

        JsonElement entry = JsonDocument.Parse(await KatanetAsync("ps", "--json")).RootElement.EnumerateArray().Single(one => one.GetProperty("id").GetString() == id);
        Assert.Equal("running", entry.GetProperty("state").GetString());
        Assert.Equal(["fsd", "qemu", "shim"], entry.GetProperty("processes").EnumerateArray().Select(process => process.GetProperty("name").GetString()).Distinct().Order(StringComparer.Ordinal));
        Assert.True(entry.GetProperty("memoryKib").GetInt64() > 50_000, "a machine takes more than 50 MB");
        Assert.Contains(id, await KatanetAsync("ps"), StringComparison.Ordinal);
        JsonElement whole = JsonDocument.Parse(await KatanetAsync("inspect", id, "--json")).RootElement;
        Assert.Equal(id, whole.GetProperty("id").GetString());
        JsonElement container = whole.GetProperty("containers").EnumerateArray().Single();
        Assert.Equal((id, "running"), (container.GetProperty("id").GetString(), container.GetProperty("status").GetString()));
        Assert.InRange(container.GetProperty("started").GetDateTime(), DateTime.UtcNow.AddMinutes(-10), DateTime.UtcNow);
        Assert.False(container.TryGetProperty("exitCode", out _));

        string log = await KatanetAsync("logs", id);
        Assert.Contains("msg=\"sandbox started\"", log, StringComparison.Ordinal);
        Assert.Contains("msg=\"export added\"", await KatanetAsync("logs", id, "--fsd"), StringComparison.Ordinal);
        Assert.DoesNotContain("msg=\"sandbox started\"", await KatanetAsync("logs", id, "--fsd", "--agent"), StringComparison.Ordinal);

        string metrics = await KatanetAsync("metrics", id);
        Assert.Contains($"katanet_vmm_proportional_memory_bytes{{namespace=\"default\",sandbox=\"{id}\"}} ", metrics, StringComparison.Ordinal);
        Assert.Contains($"katanet_container_processes{{namespace=\"default\",sandbox=\"{id}\",container=\"{id}\"}} ", metrics, StringComparison.Ordinal);

        (await CtrAsync("tasks", "kill", "--signal", "KILL", id)).Exits(0);
        await EventuallyAsync("its end is shown", StartLimit, async () =>
            (await KatanetAsync("inspect", id)).Split('\n').Any(line => line.StartsWith(id, StringComparison.Ordinal) && line.Contains("stopped", StringComparison.Ordinal) && line.Contains(" 137 ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_command_runs_in_the_container_with_our_streams_and_its_exit_code()
    {
        string id = await StartAsync("sleep", "1000");
        CommandResult result = await Node.RunAsync("katanet", "exec", id, "--", "sh", "-c", "cat /proc/1/comm; echo wrong >&2; exit 7");
        Assert.Equal((7, "sleep\n", "wrong\n"), (result.ExitCode, result.Text, result.ErrorOutput));

        byte[] input = new byte[200_000];
        Random.Shared.NextBytes(input);
        result = await Node.RunAsync(TimeSpan.FromSeconds(60), new MemoryStream(input), "katanet", "exec", id, "--", "wc", "-c");
        Assert.Equal("200000", result.Text.Trim());

        result = await Node.RunAsync("katanet", "exec", "nobody", "--", "true");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("there is no sandbox nobody", result.ErrorOutput, StringComparison.Ordinal);

        // The guest itself is closed unless the settings open it.
        (await Node.RunAsync("katanet", "exec", "--guest", id, "--", "true")).Exits(1).FailsNaming("set agent.debug_console to true");
    }

    [Fact]
    public async Task Support_gets_an_archive_and_a_shell_gets_words()
    {
        string id = await StartAsync("sleep", "1000");
        Assert.Equal("/tmp/support.tar.gz\n", await KatanetAsync("collect", "-o", "/tmp/support.tar.gz"));
        string names = (await Node.RunAsync("tar", "tzf", "/tmp/support.tar.gz")).Text;
        await Node.RunAsync("rm", "/tmp/support.tar.gz");
        Assert.Contains($"katanet/sandboxes/default-{id}.log", names, StringComparison.Ordinal);
        Assert.Contains("processors", await KatanetAsync("env"), StringComparison.Ordinal);
        Assert.Contains("logs\n", await KatanetAsync("[suggest:10]", "katanet lo"), StringComparison.Ordinal);
        string words = (await Node.RunAsync("bash", "-c", "source <(katanet completion bash); COMP_LINE='katanet ins'; COMP_POINT=11; COMP_WORDS=(katanet ins); COMP_CWORD=1; _katanet; echo ${COMPREPLY[*]}")).Text;
        Assert.Equal("inspect\n", words);
    }

    private async Task<string> KatanetAsync(params string[] words)
    {
        CommandResult result = await Node.RunAsync(["katanet", .. words]);
        Assert.True(result.ExitCode == 0, $"katanet {string.Join(' ', words)}: {result.ExitCode}: {result.ErrorOutput}");
        return result.Text;
    }
}
