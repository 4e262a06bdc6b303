using System;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Containerd.Tasks;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Tasks;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Tasks;

/// <summary>Programs in the guest itself: through the service's socket to a scripted agent.</summary>
public sealed class GuestConsoleTests : IAsyncDisposable
{
    private const string Program = """{"args":["ps"],"cwd":"/","env":[]}""";
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    private readonly ScriptedGuest _guest = new();
    private readonly FdPoller _poller = new();
    private readonly CancellationTokenSource _end = new();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _poller.Dispose();
        await _guest.DisposeAsync();
        _end.Dispose();
    }

    [Fact]
    public async Task AProgramRunsUnderNoContainerAndGivesItsExitCode()
    {
        await using TtrpcClient node = Serve(open: true);
        await CallAsync(node, "Exec", Exec("e"), Empty.Parser);
        TtrpcException twice = await Assert.ThrowsAsync<TtrpcException>(() => CallAsync(node, "Exec", Exec("e"), Empty.Parser));
        Assert.Equal((StatusCode.AlreadyExists, "exec e in the guest exists already"), (twice.Code, twice.Message));
        await CallAsync(node, "Start", new StartRequest { ExecId = "e" }, StartResponse.Parser);
        Task<WaitResponse> end = CallAsync(node, "Wait", new WaitRequest { ExecId = "e" }, WaitResponse.Parser);
        _guest.Processes["/e"].Exit(7);
        Assert.Equal(7u, (await end).ExitStatus);
        Assert.Equal(7u, (await CallAsync(node, "Delete", new DeleteRequest { ExecId = "e" }, DeleteResponse.Parser)).ExitStatus);
        Assert.Contains("exec /e ps", _guest.Calls);
        TtrpcException gone = await Assert.ThrowsAsync<TtrpcException>(() => CallAsync(node, "Start", new StartRequest { ExecId = "e" }, StartResponse.Parser));
        Assert.Equal(StatusCode.NotFound, gone.Code);
    }

    [Fact]
    public async Task ItIsClosedUnlessTheSettingsOpenIt()
    {
        await using TtrpcClient node = Serve(open: false);
        TtrpcException e = await Assert.ThrowsAsync<TtrpcException>(() => CallAsync(node, "Exec", Exec("e"), Empty.Parser));
        Assert.Equal(StatusCode.FailedPrecondition, e.Code);
        Assert.Contains("set agent.debug_console to true", e.Message, StringComparison.Ordinal);
        Assert.Empty(_guest.Calls);
    }

    private static ExecProcessRequest Exec(string id) => new() { ExecId = id, Spec = new Any { Value = ByteString.CopyFromUtf8(Program) } };

    private static Task<T> CallAsync<T>(TtrpcClient node, string method, IMessage request, MessageParser<T> parser)
        where T : IMessage<T> => node.CallAsync(GuestConsole.Service, method, request, parser, s_limit);

    private TtrpcClient Serve(bool open)
    {
        var options = new KatanetOptions { Agent = new AgentOptions { DebugConsole = open } };
        // Events are for containerd, which hears of containers only: there is nobody here to take one.
        var console = new GuestConsole(new TaskContext(_guest, null!, _poller, options, NullLogger.Instance, "default"));
        var (ours, theirs) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
        _ = new TtrpcServer(console.AddTo(new TtrpcServiceTable()), NullLogger.Instance).ServeAsync(Stream(theirs), _end.Token);
        return new TtrpcClient(Stream(ours));
    }

    private static NetworkStream Stream(OwnedFd fd) => new(new Socket(new SafeSocketHandle(fd.Release(), ownsHandle: true)), ownsSocket: true);
}
