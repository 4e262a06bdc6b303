using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Network;
using KataShimNet.Shim.Qemu;
using KataShimNet.Shim.Qemu.Isolation;
using KataShimNet.Shim.Sandboxes.Children;
using KataShimNet.Shim.Sandboxes.Sizing;
using KataShimNet.Shim.Sharing;
using KataShimNet.Shim.Storage;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>What a sandbox's parts are made from.</summary>
/// <param name="Request">What the sandbox is to be.</param>
/// <param name="Options">Settings.</param>
/// <param name="Pipelines">Time-outs.</param>
/// <param name="State">Where children are recorded.</param>
/// <param name="Undo">Where each step puts its undo.</param>
/// <param name="Log">Events of the sandbox.</param>
internal sealed record SandboxFrame(
    SandboxRequest Request, KatanetOptions Options, SandboxPipelines Pipelines, StateFile State, UndoList Undo, ILogger Log);

/// <summary>The parts of a running sandbox: fsd, QEMU, and the connection to the agent. Each step that makes one pushes its undo.</summary>
internal sealed class SandboxMachine
{
    private readonly SandboxFrame _frame;
    private readonly SandboxDeath _death;

    private SandboxMachine(
        SandboxFrame frame, StageTimes times, SharingDaemon fsd, MappedShare mapped, QemuProcess qemu, PodNetwork network, MachineSize size)
    {
        _frame = frame;
        BootTimes = times;
        Fsd = fsd;
        Mapped = mapped;
        Qemu = qemu;
        Network = network;
        Storage = new SandboxStorage(fsd, mapped, qemu, frame.Options, RefreshVolumeAsync, frame.Log);
        frame.Undo.Push("watch no volumes", Storage.Watcher.StopAsync);
        Growth = new MachineGrowth(qemu.Monitor, () => Agent, size, frame.Options.Hypervisor, frame.Pipelines, frame.Log);
        _death = new SandboxDeath(() => mapped.Daemon is { } second ? [fsd.Child, second.Child] : [fsd.Child], qemu, frame.Pipelines);
    }

    /// <summary>How long the stages of its start took, as far as it has come.</summary>
    public StageTimes BootTimes { get; }

    /// <summary>The file daemon.</summary>
    public SharingDaemon Fsd { get; }

    /// <summary>The share whose files the guest maps, which has a daemon of its own once it is needed.</summary>
    public MappedShare Mapped { get; }

    /// <summary>How long the stages of the start took; null before it is through.</summary>
    public StageTimes? Times { get; private set; }

    /// <summary>The machine.</summary>
    public QemuProcess Qemu { get; }

    /// <summary>The pod's network.</summary>
    public PodNetwork Network { get; }

    /// <summary>What its containers share of the host's storage.</summary>
    public SandboxStorage Storage { get; }

    /// <summary>Gives the machine more, once it runs.</summary>
    public MachineGrowth Growth { get; }

    /// <summary>The agent; null until it is connected.</summary>
    public GuestAgent? Agent { get; private set; }

    /// <summary>Starts fsd and QEMU side by side, then waits for the agent and makes the sandbox in the guest.</summary>
    /// <param name="frame">What it is made from; what was done is in its undo list, also after an error.</param>
    /// <param name="onProcesses">Called once the processes run, before the guest has booted.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="TtrpcException">Something did not work; the text names the cause.</exception>
    public static async Task<SandboxMachine> StartAsync(SandboxFrame frame, Action<SandboxMachine> onProcesses, CancellationToken cancel)
    {
        var kvm = AcceleratorChoice.UseKvm(frame.Options.Hypervisor.Accelerator);
        var times = new StageTimes();
        using var channel = AgentChannel.Prepare();
        var machine = StartProcesses(frame, times, kvm, MachineSize.For(frame.Options.Hypervisor, frame.Request.Limits, kvm), channel);
        onProcesses(machine);
        await machine.BootAsync(channel, cancel).ConfigureAwait(false);
        machine.Times = times;
        SandboxLog.Started(
            frame.Log, kvm ? "kvm" : "tcg", SandboxLog.Milliseconds(times.Fsd), SandboxLog.Milliseconds(times.Qemu),
            SandboxLog.Milliseconds(times.Kernel), SandboxLog.Milliseconds(times.Agent), SandboxLog.Milliseconds(times.Total));
        return machine;
    }

    /// <summary>Completes with the reason when a part of the running sandbox is gone, or the guest panics or hangs.</summary>
    /// <param name="cancel">Ends the watch over the guest's health.</param>
    public async Task<string> DeathAsync(CancellationToken cancel)
    {
        var health = new AgentHealth(_frame.Options.Agent).WatchAsync(Agent!, cancel);
        var first = await Task.WhenAny(Qemu.Child.Exited, Fsd.Child.Exited, Mapped.Died, Agent!.Client.Closed, Qemu.Panicked, health).ConfigureAwait(false);
        if (first == health && health.IsCompletedSuccessfully)
            return WithConsole(await health.ConfigureAwait(false));
        // A process that has died says more. After a panic the machine's reset ends QEMU, if the kernel gets that far.
        return await _death.DescribeAsync().ConfigureAwait(false)
            ?? WithConsole(first == Qemu.Panicked ? "the guest's kernel panicked" : "the connection to the agent was lost");
    }

    private string WithConsole(string reason) => Qemu.ConsoleTail() is { Length: > 0 } console ? $"{reason}; console: {console}" : reason;

    private static SandboxMachine StartProcesses(SandboxFrame frame, StageTimes times, bool kvm, MachineSize size, AgentChannel channel)
    {
        var (log, options) = (frame.Log, frame.Options);
        var (fsdEnd, qemuEnd) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
        using (fsdEnd)
        using (qemuEnd)
        {
            var fsd = SharingDaemon.Start(
                SharingDaemon.FirstName, options.Sharing, options.Runtime.StateDir, options.Runtime.LogLevel, fsdEnd, line => LogfmtLine.Parse(line).WriteTo(log));
            frame.Undo.Push("end fsd", async () =>
            {
                await fsd.EndAsync().ConfigureAwait(false);
                fsd.Dispose();
            });
            frame.State.Add(fsd.Mark);
            // Containers, and with them files that the guest maps, come when the agent has answered.
            SandboxMachine? made = null;
            var mapped = new MappedShare(
                options.Sharing, options.Runtime.StateDir, options.Runtime.LogLevel, frame.State.Add, line => LogfmtLine.Parse(line).WriteTo(log),
                files => made?.Agent?.RefreshSizesAsync(files, CancellationToken.None) ?? Task.CompletedTask, log);
            frame.Undo.Push("end the second fsd", mapped.EndAsync);
            var network = PodNetwork.Prepare(PodNetns.Open(frame.Request.Netns, log), options.Network, log);
            frame.Undo.Push("leave the pod's network", () => network.DisposeAsync().AsTask());
            var user = QemuUser.Choose(options, Path.GetFileName(frame.State.Folder));
            frame.Undo.Push("give QEMU's user id back", user.Dispose);
            var qemu = QemuProcess.Start(
                frame.Request.Identity.Id, options, kvm, size, frame.State.Folder, qemuEnd, channel.Theirs, channel.Vsock,
                line => SandboxLog.QemuLine(log, line), line => SandboxLog.ConsoleLine(log, line), user.User, network);
            network.Join(qemu);
            frame.Undo.Push("end QEMU", async () =>
            {
                await qemu.EndAsync().ConfigureAwait(false);
                await qemu.DisposeAsync().ConfigureAwait(false);
            });
            frame.State.Add(ProcessMark.Of("qemu", qemu.Child.Pid));
            channel.CloseTheirs();
            return made = new SandboxMachine(frame, times, fsd, mapped, qemu, network, size);
        }
    }

    private async Task BootAsync(AgentChannel channel, CancellationToken cancel)
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var death = Task.WhenAny(Qemu.Child.Exited, Fsd.Child.Exited);
        var work = _frame.Pipelines.AgentStart.ExecuteAsync(async token =>
        {
            var serves = ServeGuestRootAsync();
            var answers = MeetAgentAsync(channel, token);
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
            if (await _death.DescribeAsync().ConfigureAwait(false) is not { } reason)
                throw new TtrpcException(StatusCode.Internal, e.Message, e);
            throw new TtrpcException(StatusCode.Unavailable, reason, e);
        }

        await giveUp.CancelAsync().ConfigureAwait(false);
        _ = work.ContinueWith(t => t.Exception, TaskScheduler.Default);
        cancel.ThrowIfCancellationRequested();
        throw new TtrpcException(StatusCode.Unavailable, await _death.DescribeAsync().ConfigureAwait(false) ?? "the sandbox died while it started");
    }

    private async Task ServeGuestRootAsync()
    {
        if (_frame.Options.Guest.Boot == GuestBoot.Virtiofs)
        {
            using var root = DetachedMount.Clone(_frame.Options.Guest.Root, recursive: false);
            DetachedMount.SetAttributes(root, SysMount.MOUNT_ATTR_RDONLY, recursive: false);
            await Fsd.AddExportAsync(GuestContract.GuestRootExport, new ExportPolicy(CoherencyClass.Static, ReadOnly: true), root).ConfigureAwait(false);
        }

        BootTimes.FsdServes();
    }

    private async Task MeetAgentAsync(AgentChannel channel, CancellationToken cancel)
    {
        var ready = Qemu.ReadyAsync(cancel);
        var connected = channel.ConnectAsync(cancel);
        await ready.ConfigureAwait(false);
        BootTimes.QemuReady();
        var client = await connected.ConfigureAwait(false);
        Agent = new GuestAgent(client);
        _frame.Undo.Push("leave the agent", () => client.DisposeAsync().AsTask());
        // Sent before the guest even boots; the answers come as soon as the agent is there, with no round trip in between.
        var check = Agent.CheckAsync(cancel);
        var folders = await SandboxFolders.ExportAsync(_frame.Options.Sharing, Fsd, Storage.Exports, cancel).ConfigureAwait(false);
        var create = Agent.CreateSandboxAsync(_frame.Request, _frame.Options.Agent.KernelModules, folders, cancel);
        if (channel.Vsock is null)
            await Task.WhenAny(Qemu.AgentPortOpen, check).ConfigureAwait(false);
        BootTimes.AgentOpened();
        await check.ConfigureAwait(false);
        await Task.WhenAll(Agent.SetDateTimeAsync(cancel), create).ConfigureAwait(false);
        BootTimes.NetworkBegins();
        Network.Meet(new NetworkAgent(client, _frame.Pipelines.AgentRequest));
        await Network.SyncAsync(cancel).ConfigureAwait(false);
        BootTimes.Finished();
    }

    private async Task RefreshVolumeAsync(string mountPoint, CancellationToken cancel) =>
        await _frame.Pipelines.AgentRequest.ExecuteAsync(async token => await Agent!.RefreshVolumeAsync(mountPoint, token).ConfigureAwait(false), cancel).ConfigureAwait(false);

    private TtrpcException NoAnswer()
    {
        var console = Qemu.ConsoleTail();
        var state = Qemu.AgentPortOpen.IsCompleted ? "it opened its port" : "it did not open its port";
        return new TtrpcException(
            StatusCode.DeadlineExceeded,
            $"the agent did not answer within {_frame.Options.Agent.StartTimeoutSeconds} s ({state}); console: {(console.Length == 0 ? "(nothing)" : console)}");
    }
}
