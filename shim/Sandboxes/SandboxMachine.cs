using System;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Qemu;
using KataShimNet.Shim.Sharing;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>The parts of a running sandbox: fsd, QEMU, and the connection to the agent. Each step that makes one pushes its undo.</summary>
internal sealed class SandboxMachine
{
    private static readonly TimeSpan s_secondDeath = TimeSpan.FromMilliseconds(200);

    private readonly KatanetOptions _options;
    private readonly SandboxIdentity _identity;
    private readonly SandboxPipelines _pipelines;
    private readonly StateFile _state;
    private readonly UndoList _undo;
    private readonly ILogger _log;

    private SandboxMachine(
        SandboxIdentity identity, KatanetOptions options, SandboxPipelines pipelines, StateFile state, UndoList undo, ILoggerFactory loggers,
        SharingDaemon fsd, QemuProcess qemu)
    {
        _identity = identity;
        _options = options;
        _pipelines = pipelines;
        _state = state;
        _undo = undo;
        _log = loggers.CreateLogger("sandbox");
        Fsd = fsd;
        Qemu = qemu;
    }

    /// <summary>The file daemon.</summary>
    public SharingDaemon Fsd { get; }

    /// <summary>The machine.</summary>
    public QemuProcess Qemu { get; }

    /// <summary>The agent; null until it is connected.</summary>
    public GuestAgent? Agent { get; private set; }

    /// <summary>Starts fsd and QEMU side by side, then waits for the agent and makes the sandbox in the guest.</summary>
    /// <exception cref="TtrpcException">Something did not work; what was done is in <paramref name="undo"/>.</exception>
    public static async Task<SandboxMachine> StartAsync(
        SandboxIdentity identity, KatanetOptions options, SandboxPipelines pipelines, StateFile state, UndoList undo, ILoggerFactory loggers,
        Action<SandboxMachine> onProcesses, CancellationToken cancel)
    {
        var log = loggers.CreateLogger("sandbox");
        var kvm = AcceleratorChoice.UseKvm(options.Hypervisor.Accelerator);
        var times = new StageTimes();
        using var channel = AgentChannel.Prepare();
        var (fsdEnd, qemuEnd) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
        SandboxMachine machine;
        using (fsdEnd)
        using (qemuEnd)
        {
            var fsd = SharingDaemon.Start(options.Sharing, options.Runtime.LogLevel, fsdEnd, line => SandboxLog.FsdLine(log, line));
            undo.Push("end fsd", async () =>
            {
                await fsd.EndAsync().ConfigureAwait(false);
                fsd.Dispose();
            });
            state.Add(ProcessMark.Of("fsd", fsd.Child.Pid));
            var qemu = QemuProcess.Start(
                identity.Id, options, kvm, qemuEnd, channel.Theirs, channel.Vsock,
                line => SandboxLog.QemuLine(log, line), line => SandboxLog.ConsoleLine(log, line));
            undo.Push("end QEMU", async () =>
            {
                await qemu.EndAsync().ConfigureAwait(false);
                await qemu.DisposeAsync().ConfigureAwait(false);
            });
            state.Add(ProcessMark.Of("qemu", qemu.Child.Pid));
            machine = new SandboxMachine(identity, options, pipelines, state, undo, loggers, fsd, qemu);
        }

        channel.CloseTheirs();
        onProcesses(machine);
        await machine.BootAsync(channel, times, cancel).ConfigureAwait(false);
        SandboxLog.Started(
            log, kvm ? "kvm" : "tcg", SandboxLog.Milliseconds(times.Fsd), SandboxLog.Milliseconds(times.Qemu),
            SandboxLog.Milliseconds(times.Kernel), SandboxLog.Milliseconds(times.Agent), SandboxLog.Milliseconds(times.Total));
        return machine;
    }

    /// <summary>Completes with the reason when a part of the running sandbox is gone.</summary>
    public async Task<string> DeathAsync()
    {
        var lost = Agent?.Client.Closed ?? Task.Delay(Timeout.Infinite);
        await Task.WhenAny(Qemu.Child.Exited, Fsd.Child.Exited, lost).ConfigureAwait(false);
        if (await DescribeDeathAsync().ConfigureAwait(false) is { } reason)
            return reason;
        var console = Qemu.ConsoleTail();
        return console.Length == 0 ? "the connection to the agent was lost" : $"the connection to the agent was lost; console: {console}";
    }

    private async Task BootAsync(AgentChannel channel, StageTimes times, CancellationToken cancel)
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var death = Task.WhenAny(Qemu.Child.Exited, Fsd.Child.Exited);
        var work = _pipelines.AgentStart.ExecuteAsync(async token =>
        {
            var serves = ServeGuestRootAsync(times);
            var answers = MeetAgentAsync(channel, times, token);
            // The first failure counts: the other may never end.
            await (await Task.WhenAny(serves, answers).ConfigureAwait(false)).ConfigureAwait(false);
            await Task.WhenAll(serves, answers).WaitAsync(token).ConfigureAwait(false);
        }, giveUp.Token).AsTask();
        try
        {
            if (await Task.WhenAny(work, death).ConfigureAwait(false) == work)
            {
                await work.ConfigureAwait(false);
                return;
            }
        }
        catch (Exception e) when (e is Polly.Timeout.TimeoutRejectedException)
        {
            throw NoAnswer();
        }
        catch (Exception e) when (!cancel.IsCancellationRequested && e is LinuxException or QmpException or TtrpcException { Code: StatusCode.Unavailable })
        {
            // Most often a symptom: what died says more.
            if (await DescribeDeathAsync().ConfigureAwait(false) is not { } reason)
                throw new TtrpcException(StatusCode.Internal, e.Message, e);
            throw new TtrpcException(StatusCode.Unavailable, reason, e);
        }

        await giveUp.CancelAsync().ConfigureAwait(false);
        _ = work.ContinueWith(t => t.Exception, TaskScheduler.Default);
        cancel.ThrowIfCancellationRequested();
        throw new TtrpcException(StatusCode.Unavailable, await DescribeDeathAsync().ConfigureAwait(false) ?? "the sandbox died while it started");
    }

    private async Task ServeGuestRootAsync(StageTimes times)
    {
        if (_options.Guest.Boot == GuestBoot.Virtiofs)
        {
            using var root = DetachedMount.Clone(_options.Guest.Root, recursive: false);
            DetachedMount.SetAttributes(root, SysMount.MOUNT_ATTR_RDONLY, recursive: false);
            await Fsd.AddExportAsync(GuestContract.GuestRootExport, new ExportPolicy(CoherencyClass.Static, ReadOnly: true), root).ConfigureAwait(false);
        }

        times.FsdServes();
    }

    private async Task MeetAgentAsync(AgentChannel channel, StageTimes times, CancellationToken cancel)
    {
        var ready = Qemu.ReadyAsync(cancel);
        var connected = channel.ConnectAsync(cancel);
        await ready.ConfigureAwait(false);
        times.QemuReady();
        var client = await connected.ConfigureAwait(false);
        Agent = new GuestAgent(client);
        _undo.Push("leave the agent", () => client.DisposeAsync().AsTask());
        // Sent before the guest even boots; the answer comes as soon as the agent is there.
        var check = Agent.CheckAsync(cancel);
        if (channel.Vsock is null)
            await Task.WhenAny(Qemu.AgentPortOpen, check).ConfigureAwait(false);
        times.AgentOpened();
        await check.ConfigureAwait(false);
        await Task.WhenAll(Agent.SetDateTimeAsync(cancel), Agent.CreateSandboxAsync(_identity.Id, Hostname(), cancel)).ConfigureAwait(false);
        times.Finished();
    }

    // Linux takes 64 bytes (sethostname(2)).
    private string Hostname() => _identity.Id.Length <= 64 ? _identity.Id : _identity.Id[..64];

    private TtrpcException NoAnswer()
    {
        var console = Qemu.ConsoleTail();
        var state = Qemu.AgentPortOpen.IsCompleted ? "it opened its port" : "it did not open its port";
        return new TtrpcException(
            StatusCode.DeadlineExceeded,
            $"the agent did not answer within {_options.Agent.StartTimeoutSeconds} s ({state}); console: {(console.Length == 0 ? "(nothing)" : console)}");
    }

    /// <summary>Looks for a process that has died, for a little while: connections break before their process can be waited for.</summary>
    private async Task<string?> DescribeDeathAsync()
    {
        try
        {
            var first = await _pipelines.DeathNotice.ExecuteAsync(
                async token => await Task.WhenAny(Qemu.Child.Exited, Fsd.Child.Exited).WaitAsync(token).ConfigureAwait(false)).ConfigureAwait(false);
            return await IsFsdTheCauseAsync(first).ConfigureAwait(false)
                ? await Fsd.Child.DescribeExitAsync().ConfigureAwait(false)
                : await Qemu.DescribeExitAsync().ConfigureAwait(false);
        }
        catch (Polly.Timeout.TimeoutRejectedException)
        {
            return null;
        }
    }

    // Either takes the other along: QEMU gives up when fsd breaks the connection while the machine is made, and fsd has nothing to do without QEMU.
    private async Task<bool> IsFsdTheCauseAsync(Task<ChildExit> first)
    {
        var fsd = Fsd.Child.Exited;
        if (first != fsd && !(await first.ConfigureAwait(false)).Signalled)
            await Task.WhenAny(fsd, Task.Delay(s_secondDeath)).ConfigureAwait(false);
        if (!fsd.IsCompleted)
            return false;
        var qemuKilled = Qemu.Child.Exited is { IsCompleted: true } qemu && (await qemu.ConfigureAwait(false)).Signalled;
        var exit = await fsd.ConfigureAwait(false);
        return !qemuKilled && (exit.Signalled || exit.Code != 0 || !Qemu.Child.Exited.IsCompleted);
    }
}
