using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Volumes;

public sealed class WatchedFolderTests(NodeFixture fixture) : PodVolumeTest(fixture)
{
    [Fact]
    public async Task An_update_of_a_configMap_raises_events_and_is_whole()
    {
        KubeletVolume config = Volume("configmap", "config");
        config.Write(new Dictionary<string, string> { ["a"] = "first a", ["deep/b"] = "first b", ["gone"] = "x" });
        KubeletVolume large = Volume("projected", "large");
        large.Write(Enumerable.Range(0, 300).ToDictionary(i => $"file{i}", i => $"text {i}"));

        string one = await JoinAsync(
            [
                .. Bind(Path("configmap", "config"), "/config", "rbind:ro"), .. Bind(Path("projected", "large"), "/large", "rbind:ro"),
                // A container that gets a folder of kubelet's to write is not in Kubernetes; it works all the same.
                .. Bind(Path("configmap", "config"), "/writable"),
            ],
            "sleep", "1000");
        (await ShellAsync(one, "cd /config && ls && cat a deep/b && stat -Lc %a a && ls /large | wc -l && cat /large/file299; touch /config/x"))
            .FailsNaming("a\ndeep\ngone\nfirst afirst b640\n300\ntext 299", "Read-only file system");

        string two = await JoinAsync(Bind(Path("configmap", "config"), "/same", "rbind:ro"), "sleep", "1000");
        using (Process watch = await BeginAsync(one, "watching", "probe", "watch", "/config", "..data"))
        using (Process other = await BeginAsync(two, "watching", "probe", "watch", "/same", "..data"))
        {
            config.Write(new Dictionary<string, string> { ["a"] = "second a", ["deep/b"] = "second b", ["new"] = "n" });
            foreach (Process process in (Process[])[watch, other])
            {
                Assert.Equal("moved", await process.StandardOutput.ReadLineAsync());
                await process.WaitForExitAsync();
            }
        }

        // The links for people follow the move of ..data at once, but after it.
        await EventuallyAsync("the names are those of the new content", TimeSpan.FromSeconds(30), async () =>
            (await ShellAsync(one, "cd /config && ls && cat a deep/b new")).Text == "a\ndeep\nnew\nsecond asecond bn");

        // Any number of updates, and never a mix of two.
        string script = "for i in $(seq 400); do a=$(cat /config/..data/a) || continue; b=$(cat /config/a /config/deep/b); " +
            "case $b in 'second asecond b'|*\"x\"*) ;; *) echo \"$b\";; esac; done; echo done";
        Task<Commands.CommandResult> reader = ShellAsync(one, script);
        for (int i = 0; i < 20; i++)
        {
            config.Write(new Dictionary<string, string> { ["a"] = $"{i}x", ["deep/b"] = $"{i}x" });
            await Task.Delay(50);
        }

        (await reader).Exits(0).Prints("done");
        await EventuallyAsync("the last content arrives", TimeSpan.FromSeconds(30), async () =>
            (await ShellAsync(one, "cat /config/a /config/deep/b")).Text == "19x19x");

        // A volume too large for a copy is seen, too.
        large.Write(new Dictionary<string, string> { ["file0"] = "changed" });
        await EventuallyAsync("the large one is up to date", TimeSpan.FromSeconds(30), async () =>
            (await ShellAsync(one, "ls /large; cat /large/file0")).Text == "file0\nchanged");
        Assert.Contains(Node.LogLines(), line => line.Contains("watch_limit_kib", StringComparison.Ordinal) && line.Contains(one, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Secrets_projected_and_downwardvolumes_are_updated_with_events_too()
    {
        string[] kinds = ["secret", "projected", "downward-api"];
        List<KubeletVolume> volumes = [];
        foreach (string kind in kinds)
        {
            // kubelet keeps these in memory.
            KubeletVolume volume = Volume(kind, "small");
            (await Node.RunAsync("mount", "-t", "tmpfs", kind, Path(kind, "small"))).Exits(0);
            volume.Write(new Dictionary<string, string> { ["text"] = $"first {kind}" });
            volumes.Add(volume);
        }

        string id = await JoinAsync([.. kinds.SelectMany(kind => Bind(Path(kind, "small"), "/" + kind, "rbind:ro"))], "sleep", "1000");
        (await ShellAsync(id, "for f in /*/text; do cat $f; echo; stat -Lc %a $f; done")).Exits(0).Prints("first downward-api\n640\nfirst projected\n640\nfirst secret\n640");
        for (int i = 0; i < kinds.Length; i++)
        {
            using Process watch = await BeginAsync(id, "watching", "probe", "watch", "/" + kinds[i], "..data");
            volumes[i].Write(new Dictionary<string, string> { ["text"] = $"second {kinds[i]}" });
            Assert.Equal("moved", await watch.StandardOutput.ReadLineAsync());
            await watch.WaitForExitAsync();
            (await ShellAsync(id, $"cat /{kinds[i]}/text")).Exits(0).Prints($"second {kinds[i]}");
        }
    }

    private string Path(string kind, string name) => $"{PodFolder}/volumes/kubernetes.io~{kind}/{name}";

    private KubeletVolume Volume(string kind, string name)
    {
        Directory.CreateDirectory(OnHost(Path(kind, name)));
        return new KubeletVolume(OnHost(Path(kind, name)));
    }
}
