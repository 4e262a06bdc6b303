using System;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Cri;
using KataShimNet.EndToEndTests.Host;
using KataShimNet.EndToEndTests.Nodes;
using KataShimNet.Linux;
using Xunit;

namespace KataShimNet.EndToEndTests.Network;

/// <summary>A pod with a web server that listens on the guest's 127.0.0.1 alone, and one that sends back what it gets.</summary>
/// <param name="fixture">The node.</param>
public sealed class ServingPod(NodeFixture fixture) : PodFixture(fixture)
{
    /// <summary>Port of the web server; it has <c>/data</c>.</summary>
    public const int Web = 8080;

    /// <summary>Port of the server that echoes.</summary>
    public const int Echo = 9000;

    /// <summary>Its container.</summary>
    public PodContainer Container { get; private set; } = null!;

    /// <inheritdoc/>
    protected override async Task MakeAsync()
    {
        Pod pod = await Pods.RunPodAsync();
        Container = await pod.StartAsync(
            "sh", "-c",
            $"mkdir /tmp/www; head -c 1000000 /dev/urandom > /tmp/www/data; httpd -p 127.0.0.1:{Web} -h /tmp/www; nc -ll -p {Echo} -e cat & echo ready; sleep 100000");
        await Container.WaitForLogAsync("ready");
    }
}

/// <summary><c>kubectl port-forward</c>: containerd connects to loopback in the pod's network namespace on the host, and reaches the guest's servers.</summary>
[Collection(NodeCollection.Name)]
public sealed class PortForwardTests(ServingPod pods) : IClassFixture<ServingPod>
{
    private static readonly TimeSpan s_prompt = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_server_on_the_guests_loopback_alone_is_reached_by_two_at_once()
    {
        string expected = (await pods.Container.ShellAsync("sha256sum /tmp/www/data")).Split(' ')[0];
        await using ForwardedPort one = await pods.Container.Pod.ForwardAsync(ServingPod.Web);
        await using ForwardedPort two = await pods.Container.Pod.ForwardAsync(ServingPod.Web);
        byte[] request = Encoding.ASCII.GetBytes("GET /data HTTP/1.0\r\n\r\n");
        // The second is served while the first waits.
        await one.WriteAsync(request.AsMemory(0, 4));
        await two.WriteAsync(request);
        byte[] second = await two.ReadAsync();
        await one.WriteAsync(request.AsMemory(4));
        foreach (byte[] answer in (byte[][])[second, await one.ReadAsync()])
        {
            int body = answer.AsSpan().IndexOf("\r\n\r\n"u8) + 4;
            Assert.StartsWith("HTTP/1.", Encoding.ASCII.GetString(answer, 0, Math.Min(body, answer.Length)));
            Assert.Equal(expected, Convert.ToHexStringLower(SHA256.HashData(answer.AsSpan(body))));
        }
    }

    [Fact]
    public async Task Bytes_come_back_as_they_were_sent()
    {
        byte[] sent = RandomNumberGenerator.GetBytes(8 << 20);
        await using ForwardedPort port = await pods.Container.Pod.ForwardAsync(ServingPod.Echo);
        Task<byte[]> back = port.ReadAsync(sent.Length);
        await port.WriteAsync(sent);
        Assert.Equal(SHA256.HashData(sent), SHA256.HashData(await back));
    }

    [Fact]
    public async Task A_port_where_nobody_listens_fails_promptly()
    {
        long start = Stopwatch.GetTimestamp();
        await using ForwardedPort port = await pods.Container.Pod.ForwardAsync(9);
        await port.WriteAsync("anybody?"u8.ToArray());
        Assert.Empty(await port.ReadAsync());
        Assert.Contains("reset", port.Error, StringComparison.Ordinal);
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, s_prompt);
    }

    [Fact]
    public async Task A_hundred_mebibytes_each_way_need_no_memory_of_the_shim()
    {
        Assert.SkipUnless(PodScope.IsKatanet, "this looks into our shim");
        const int Size = 100 << 20;
        await EchoAsync(4 << 20);
        HostProcess shim = SandboxProcesses.Of(pods.Node, pods.Container.Pod.Id).Shim;
        long before = Resident(shim);
        long start = Stopwatch.GetTimestamp();
        await EchoAsync(Size);
        TestContext.Current.TestOutputHelper?.WriteLine($"{Size >> 20} MiB each way in {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s; shim {before} KiB, then {Resident(shim)} KiB");
        Assert.InRange(Resident(shim), 0, before + (16 << 10));
    }

    private async Task EchoAsync(int size)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromMinutes(5));
        using Socket client = InPod();
        await client.ConnectAsync(IPAddress.Loopback, ServingPod.Echo, limit.Token);
        await using NetworkStream stream = new(client);
        using IncrementalHash sent = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using IncrementalHash got = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Task<long> reading = Task.Run(async () =>
        {
            byte[] buffer = new byte[64 << 10];
            long total = 0;
            int count;
            while ((count = await stream.ReadAsync(buffer, limit.Token)) > 0)
            {
                got.AppendData(buffer, 0, count);
                total += count;
            }

            return total;
        });
        for (int left = size; left > 0;)
        {
            byte[] piece = RandomNumberGenerator.GetBytes(Math.Min(left, 1 << 20));
            sent.AppendData(piece);
            await stream.WriteAsync(piece, limit.Token);
            left -= piece.Length;
        }

        // cat ends when its input does: the end of one direction has to arrive while the other goes on.
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal(size, await reading);
        Assert.Equal(sent.GetCurrentHash(), got.GetCurrentHash());
    }

    // As containerd does it, without its streaming server between, which passes no end on.
    private Socket InPod()
    {
        using OwnedFd netns = NetworkNamespace.Open($"/proc/{pods.Container.Pod.Machine().Pid}/ns/net");
        return NetworkNamespace.Run(netns, () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
    }

    private static long Resident(HostProcess process) =>
        long.Parse(process.Status()["VmRSS"].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], System.Globalization.CultureInfo.InvariantCulture);
}
