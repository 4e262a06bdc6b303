using System;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests;

/// <summary>A guest whose kernel panics before the agent is there is booted once more, and no more than once.</summary>
public sealed class EarlyPanicTests(NodeFixture fixture) : ContainerTest(fixture)
{
    private const string Folder = "/tmp/panicking";
    private const string Settings = Folder + "/katanet.yaml";
    private const string Message = "it is booted once more";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task It_is_booted_once_more(int panics)
    {
        Assert.SkipUnless(TestNode.IsKatanet, "a plain container has no guest");
        // The kernel takes the last of several root=, and panics without one.
        await Node.WriteFileAsync(Folder + "/qemu", $$"""
            #!/bin/bash
            n=$(ls {{Folder}}/boots | wc -l)
            touch {{Folder}}/boots/$n
            words=("$@")
            if [ "$n" -lt {{panics}} ]; then
                for i in "${!words[@]}"; do
                    [ "${words[$i]}" != -append ] || words[i+1]+=" root=missing"
                done
            fi
            exec qemu-system-x86_64 "${words[@]}"
            """, executable: true);
        (await Node.RunAsync("mkdir", "-p", "-m", "777", Folder + "/boots")).Exits(0);
        await Node.WriteFileAsync(Settings, $"hypervisor:\n  path: {Folder}/qemu\n");
        int before = Node.LogLines().Count(line => line.Contains(Message, StringComparison.Ordinal));
        try
        {
            CommandResult result = await RunAsync(new ContainerOptions { Config = Settings }, "echo", "hello");
            if (panics == 1)
            {
                result.Exits(0).Prints("hello");
            }
            else
            {
                result.FailsNaming("Kernel panic");
            }

            Assert.Equal(1, Node.LogLines().Count(line => line.Contains(Message, StringComparison.Ordinal)) - before);
            (await Node.RunAsync("sh", "-c", $"ls {Folder}/boots | wc -l")).Exits(0).Prints("2");
        }
        finally
        {
            await Node.RunAsync("rm", "-rf", Folder);
        }
    }
}
