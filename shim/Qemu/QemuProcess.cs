using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Commands;
using KataShimNet.Shim.Network;
using KataShimNet.Shim.Qemu.Hotplug;
using KataShimNet.Shim.Qemu.Isolation;
using KataShimNet.Shim.Sandboxes.Children;
using KataShimNet.Shim.Sandboxes.Sizing;

namespace KataShimNet.Shim.Qemu;

/// <summary>A running QEMU: its process, its monitor, the guest's console, and our end of the agent's serial port.</summary>
internal sealed class QemuProcess : IAsyncDisposable
{
    /// <summary>Name of the second monitor's socket in the sandbox's state folder.</summary>
    private const string ExtraMonitorName = "extra-monitor.sock";

    // A guest that writes to its console without end costs this much memory and no more.
    private const int ConsoleChars = 64 * 1024;
    private static readonly TimeSpan s_quitGrace = TimeSpan.FromMilliseconds(500);

    private readonly OutputReader _console;
    private readonly TaskCompletionSource _agentPortOpen = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly TaskCompletionSource _panicked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private QemuProcess(SandboxChild child, OwnedFd qmp, OutputReader console, RootPortTable ports)
    {
        Child = child;
        _console = console;
        Monitor = new QmpClient(qmp, OnEvent);
        Hotplug = new HotplugBus(Monitor, ports);
    }

    /// <summary>The process.</summary>
    public SandboxChild Child { get; }

    /// <summary>QEMU's monitor; it answers once <see cref="ReadyAsync"/> is through.</summary>
    public QmpClient Monitor { get; }

    /// <summary>Where devices are put in and taken out while the guest runs.</summary>
    public HotplugBus Hotplug { get; }

    /// <summary>Completes when the guest's agent opens its serial port.</summary>
    public Task AgentPortOpen => _agentPortOpen.Task;

    /// <summary>Completes when the guest's kernel says that it panics. It resets the machine a second later, which ends QEMU.</summary>
    public Task Panicked => _panicked.Task;

    /// <summary>Starts QEMU; the machine may not be made yet when this returns.</summary>
    /// <param name="sandboxId">Id of the sandbox.</param>
    /// <param name="options">Settings.</param>
    /// <param name="kvm">Whether KVM accelerates.</param>
    /// <param name="size">How big the machine is.</param>
    /// <param name="folder">The sandbox's state folder.</param>
    /// <param name="sharing">QEMU's end of the connection with fsd; the caller closes it.</param>
    /// <param name="agent">QEMU's end of the agent's serial port; null with vsock.</param>
    /// <param name="vsock">The vsock device; null without.</param>
    /// <param name="onLine">Called for each line of QEMU's output.</param>
    /// <param name="onConsoleLine">Called for each line of the guest's console.</param>
    /// <param name="user">Whom it runs as; null for root.</param>
    /// <param name="network">The namespace that it runs in, and the interfaces that it has from the start.</param>
    /// <exception cref="LinuxException">It cannot be started.</exception>
    /// <exception cref="QmpException">There are more interfaces than ports.</exception>
    public static QemuProcess Start(
        string sandboxId, KatanetOptions options, bool kvm, MachineSize size, string folder, OwnedFd sharing, OwnedFd? agent, VsockDevice? vsock,
        Action<string> onLine, Action<string> onConsoleLine, ProcessUser? user, PodNetwork network)
    {
        var (qmp, theirQmp) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
        var (console, theirConsole) = OutputReader.Create(ConsoleChars, onConsoleLine);
        using (theirQmp)
        using (theirConsole)
        {
            try
            {
                var inherited = new InheritedFds();
                using var device = kvm ? Kvm.Open() : null;
                using var entropy = EntropyDevice.Open(options.Hypervisor.EntropySource);
                using var second = options.Hypervisor.ExtraMonitorSocket == ExtraMonitor.None ? null : ServerSocket.Listen(Path.Combine(folder, ExtraMonitorName));
                var ports = new RootPortTable(options.Hypervisor.HotplugPorts);
                var fds = new QemuFds(
                    inherited.Add(theirQmp),
                    inherited.Add(theirConsole),
                    inherited.Add(sharing),
                    agent is null ? null : inherited.Add(agent),
                    vsock is null ? null : inherited.Add(vsock.Fd),
                    device is null ? null : inherited.Add(device),
                    entropy is null ? null : inherited.Add(entropy),
                    second is null ? null : inherited.Add(second));
                var nics = network.Nics.Select(nic => (Nic: nic, Port: ports.Take())).ToArray();
                var command = QemuCommandLine.Build(
                    sandboxId, options, kvm, size, fds, ports, [.. nics.Select(n => n.Nic.ToArgument(inherited, n.Port))], vsock?.GuestCid ?? 0);
                var process = new QemuProcess(
                    SandboxChild.Start("QEMU", command, inherited.Map, onLine, user, network.Netns), qmp, console, ports);
                foreach (var (nic, port) in nics)
                    nic.Settle(process.Hotplug, port);
                return process;
            }
            catch
            {
                qmp.Dispose();
                console.Dispose();
                throw;
            }
        }
    }

    /// <summary>Waits until the machine is made and runs.</summary>
    /// <exception cref="QmpException">QEMU gave up; its process tells why.</exception>
    public Task ReadyAsync(CancellationToken cancel) => Monitor.NegotiateAsync(cancel);

    /// <summary>The last lines on the guest's console; empty when there were none.</summary>
    public string ConsoleTail() => ConsoleExcerpt.Of(_console.Lines());

    /// <summary>Whether the guest's kernel has panicked: also before it had a device to say so by.</summary>
    public bool HasPanicked => Panicked.IsCompleted || ConsoleExcerpt.HasPanic(_console.Lines());

    /// <summary>All that is kept of the guest's console.</summary>
    public string WholeConsole() => string.Join('\n', _console.Lines());

    /// <summary>How QEMU ended, what it said, and what the guest's console said last.</summary>
    public async Task<string> DescribeExitAsync()
    {
        var exit = await Child.DescribeExitAsync().ConfigureAwait(false);
        var console = ConsoleTail();
        var end = Panicked.IsCompleted ? $"the guest's kernel panicked: {exit}" : exit;
        return console.Length == 0 ? end : $"{end}; console: {console}";
    }

    /// <summary>Asks QEMU to quit, and kills it when it does not.</summary>
    public async Task EndAsync()
    {
        using var timeout = new CancellationTokenSource(s_quitGrace);
        try
        {
            await Monitor.ExecuteAsync("quit", timeout.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is QmpException or OperationCanceledException)
        {
            // Gone already, or not listening: the next step ends it in any case.
        }

        await Child.EndAsync(s_quitGrace).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Monitor.DisposeAsync().ConfigureAwait(false);
        _console.Dispose();
        Child.Dispose();
    }

    private void OnEvent(string name, JsonElement data)
    {
        // The monitor may speak before the constructor is through; nothing has been plugged then.
        Hotplug?.OnEvent(name, data);
        if (name == "GUEST_PANICKED")
            _panicked.TrySetResult();
        if (name == "VSERPORT_CHANGE"
            && data.TryGetProperty("id"u8, out var id) && id.ValueEquals(QemuCommandLine.AgentPortId)
            && data.TryGetProperty("open"u8, out var open) && open.ValueKind == JsonValueKind.True)
        {
            _agentPortOpen.TrySetResult();
        }
    }
}
