using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Events;
using KataShimNet.Shim.Prometheus;
using KataShimNet.Shim.SandboxApi;
using KataShimNet.Shim.Sandboxes;
using KataShimNet.Shim.Tasks;
using KataShimNet.Shim.Tracing;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Commands;

/// <summary>
/// The internal verb <c>serve</c>: the server of one sandbox, started by <c>start</c> with its listening socket as descriptor 3. Lives
/// until containerd asks for the end and no container is left, or until it is told to terminate.
/// </summary>
internal static partial class ServeCommand
{
    // A server does little at a time; threads that are not there need no memory.
    private const int MostThreads = 16;

    /// <summary>Runs the verb.</summary>
    /// <param name="arguments">The command line.</param>
    public static int Run(ShimArguments arguments)
    {
        ThreadPool.SetMinThreads(2, 1);
        ThreadPool.SetMaxThreads(MostThreads, 4);
        var options = Settings.Load(arguments.Config);
        using var loggers = new ShimLoggers(
            "log",
            new SandboxIdentity(arguments.Namespace, arguments.Sandbox).StateFolder(options.Runtime),
            arguments.Debug ? LogLevel.Debug : ShimLoggers.Level(options.Runtime.LogLevel),
            ("sandbox", arguments.Sandbox),
            ("namespace", arguments.Namespace));
        var log = loggers.CreateLogger("shim");
        try
        {
            return ServeAsync(arguments, options, loggers, log).GetAwaiter().GetResult();
        }
        catch (Exception e)
        {
            LogCrashed(log, e);
            throw;
        }
    }

    private static async Task<int> ServeAsync(ShimArguments arguments, KatanetOptions options, ShimLoggers loggers, ILogger log)
    {
        var identity = new SandboxIdentity(arguments.Namespace, arguments.Sandbox);
        var socket = ServerSocket.PathOf(identity, options.Runtime);
        using var poller = new FdPoller();
        using var stopping = new CancellationTokenSource();
        var terminated = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var terminate = OnSignal(PosixSignal.SIGTERM, terminated);
        using var interrupt = OnSignal(PosixSignal.SIGINT, terminated);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, static signal => signal.Cancel = true);

        // Before the boot and the server, which ask whether anybody listens.
        await using var spans = SpanRecorder.TryBegin(options.Tracing, Environment.GetEnvironmentVariable, identity, log);
        // It is in the pod's cgroup, so it is there before the sandbox; who calls it meanwhile waits until the socket is served.
        using var door = options.Containerd.Protocol == ShimProtocol.Grpc ? GrpcDoor.Start(socket, log) : null;
        var sandbox = SandboxFactory.Create(identity, options, door?.Pid, loggers);
        if (ReadRequest(identity, log) is { } request)
        {
            sandbox.Describe(request);
            // Boots while containerd is still on its way to Create, which joins this start and reports its error.
            _ = BootAsync(sandbox, log);
        }

        var sandboxes = new SandboxService(sandbox, identity, identity.StateFolder(options.Runtime));

        await using var events = new EventPublisher(Environment.GetEnvironmentVariable("TTRPC_ADDRESS") ?? "", arguments.Namespace, log);
        var context = new TaskContext(sandbox, events, poller, options, log, arguments.Namespace);
        var service = new TaskService(context, identity.Id);
        var table = new GuestConsole(context).AddTo(SandboxDoor.AddTo(TaskDoors.AddTo(new TtrpcServiceTable(), service), sandboxes));
        var calls = new CallCounters();
        var server = new TtrpcServer(MetricsDoor.AddTo(table, new MetricsService(identity, sandbox, service, calls)), log, ShimTraces.OfTasks, calls);
        var listener = new Listener(new OwnedFd(StartCommand.ListeningFd), server, log);
        var accepting = listener.RunAsync(stopping.Token);
        var trimming = MemoryTrim.RunAsync(stopping.Token);

        var first = await Task.WhenAny(service.ShutdownRequested, sandboxes.ShutdownRequested, terminated.Task).ConfigureAwait(false);
        LogStopping(log, first == terminated.Task ? await terminated.Task.ConfigureAwait(false) : "containerd asked for it");
        await sandbox.StopAsync().ConfigureAwait(false);
        await service.WaitForProcessesAsync().ConfigureAwait(false);
        await events.DisposeAsync().ConfigureAwait(false);
        await stopping.CancelAsync().ConfigureAwait(false);
        await accepting.ConfigureAwait(false);
        await trimming.ConfigureAwait(false);
        File.Delete(socket);
        File.Delete(ServerAddress.GrpcPathOf(socket));
        return 0;
    }

    // Null: the sandbox is made by CreateSandbox. With a specification that cannot be read it boots all the same, and Create says what is wrong.
    private static SandboxRequest? ReadRequest(SandboxIdentity identity, ILogger log)
    {
        try
        {
            return BundleRequest.Read(".", identity);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            LogNoRequest(log, e.Message);
            return new SandboxRequest(identity);
        }
    }

    private static async Task BootAsync(Sandbox sandbox, ILogger log)
    {
        try
        {
            await sandbox.StartAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TtrpcException or IOException or OperationCanceledException)
        {
            LogBootFailed(log, e.Message);
        }
    }

    private static PosixSignalRegistration OnSignal(PosixSignal signal, TaskCompletionSource<string> terminated) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            terminated.TrySetResult($"{signal} came");
        });

    [LoggerMessage(Level = LogLevel.Warning, Message = "the bundle's specification cannot be read")]
    private static partial void LogNoRequest(ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "the sandbox does not start")]
    private static partial void LogBootFailed(ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "the server stops")]
    private static partial void LogStopping(ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Critical, Message = "the server ends on an error that nobody expected")]
    private static partial void LogCrashed(ILogger log, Exception error);
}
