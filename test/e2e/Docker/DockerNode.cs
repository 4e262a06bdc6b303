using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;
using Docker.DotNet;
using Docker.DotNet.Models;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Images;
using KataShimNet.EndToEndTests.Nodes;

namespace KataShimNet.EndToEndTests.Docker;

/// <summary>A test node with a Docker daemon on its containerd: Docker 28 with containerd 2.1, Docker 26 with 1.7.</summary>
/// <remarks>It is a node of its own: Docker's packet filter rules and its bridge would be in the way of other tests.</remarks>
public sealed class DockerNode : IAsyncDisposable
{
    /// <summary>Name that daemon.json gives the runtime, with settings of its own.</summary>
    public const string Alias = "katanet-alias";

    /// <summary>The settings of <see cref="Alias"/>: its guests have this many MiB.</summary>
    public const int AliasMemoryMib = 768;

    private const string Socket = "/run/docker.sock";
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(60);

    private readonly Process _daemon;

    private DockerNode(TestNode node, Process daemon)
    {
        (Node, _daemon) = (node, daemon);
        Client = new DockerClientConfiguration(new Uri($"unix://{node.Root}{Socket}"), defaultTimeout: TimeSpan.FromMinutes(3)).CreateClient();
    }

    /// <summary>The node.</summary>
    public TestNode Node { get; }

    /// <summary>Docker's API.</summary>
    public DockerClient Client { get; }

    /// <summary>Folder of the daemon under test: Debian's own, or the older one that is beside it.</summary>
    public static string Folder => TestNode.Containerd == "2.1" ? "/usr/sbin" : "/opt/docker-26/bin";

    /// <summary>Last part of the daemon's log.</summary>
    public string LogTail()
    {
        string text = File.ReadAllText(Path.Combine(Node.State, "log", "dockerd.log"));
        return text.Length < 6000 ? text : text[^6000..];
    }

    /// <summary>Starts the node and the daemon, and loads the tests' image.</summary>
    public static async Task<DockerNode> StartAsync()
    {
        TestNode node = await TestNode.StartAsync("docker");
        DockerNode? docker = null;
        try
        {
            await NodeSettings.ResetAsync(node);
            await node.WriteFileAsync("/etc/katanet/alias.yaml", $"hypervisor:\n  memory_mib: {AliasMemoryMib}\n");
            await node.WriteFileAsync("/etc/docker/daemon.json", $$$"""
                {
                  "runtimes": {
                    "{{{Alias}}}": { "runtimeType": "{{{TestNode.Runtime}}}", "options": { "ConfigPath": "/etc/katanet/alias.yaml" } }
                  }
                }
                """);
            docker = new DockerNode(node, node.Start(
                "sh", "-c",
                $"PATH={Folder}:$PATH exec dockerd --containerd /run/containerd/containerd.sock --host unix://{Socket} >/var/log/dockerd.log 2>&1"));
            await docker.AnswersAsync();
            await docker.LoadImageAsync();
            return docker;
        }
        catch
        {
            await (docker?.DisposeAsync() ?? node.DisposeAsync());
            throw;
        }
    }

    /// <summary>Runs the <c>docker</c> command.</summary>
    public Task<CommandResult> RunAsync(TimeSpan timeout, params string[] arguments) => Node.RunAsync(timeout, null, ["docker", .. arguments]);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Node.DisposeAsync();
        _daemon.Dispose();
    }

    private async Task AnswersAsync()
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await Client.System.PingAsync();
                return;
            }
            catch (Exception e) when (e is not TimeoutException && Stopwatch.GetElapsedTime(start) < s_startLimit && !_daemon.HasExited)
            {
                await Task.Delay(100);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"dockerd does not answer; its log:\n{LogTail()}", e);
            }
        }
    }

    private async Task LoadImageAsync()
    {
        string path = Path.Combine(Node.State, "busybox.tar");
        await TestImages.WriteBusyboxAsync(Node, path);
        List<string> said = [];
        await using (FileStream archive = File.OpenRead(path))
        {
            await Client.Images.LoadImageAsync(
                new ImageLoadParameters { Quiet = true }, archive, new Progress<JSONMessage>(message => said.Add(message.Stream ?? message.ErrorMessage)));
        }

        File.Delete(path);
        if (await Client.Images.ListImagesAsync(new ImagesListParameters()) is { Count: 0 })
        {
            throw new InvalidOperationException($"the image was not loaded: {string.Join(' ', said)}");
        }
    }
}
