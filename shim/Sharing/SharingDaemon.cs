using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Qemu;
using KataShimNet.Shim.Sandboxes;
using KataShimNet.Shim.Sandboxes.Children;

namespace KataShimNet.Shim.Sharing;

/// <summary>A sandbox's fsd: what the guest may see of the host's files goes through here.</summary>
internal sealed class SharingDaemon : IDisposable
{
    /// <summary>Name of the one that serves the guest's root, in the sandbox's record.</summary>
    public const string FirstName = "fsd";

    /// <summary>Name of the one whose files are mapped.</summary>
    public const string SecondName = "fsd-mapped";

    private const string ProgramName = "katanet-fsd";

    // The guest's root is served before anything is logged, and closing the control socket ends the daemon.
    // Before its guest's locks go it tells other pods of sizes that have changed, whose guests may be slow.
    private static readonly TimeSpan s_endGrace = TimeSpan.FromSeconds(10);

    private static readonly string[] s_guestWords = ["--guest-fd", "5"];

    private readonly ControlClient _control;
    private readonly GuestCallServer? _calls;
    private readonly string _folder;

    private SharingDaemon(SandboxChild child, ProcessMark mark, string folder, ControlClient control, GuestCallServer? calls)
    {
        Child = child;
        Mark = mark;
        _folder = folder;
        _control = control;
        _calls = calls;
    }

    /// <summary>The process.</summary>
    public SandboxChild Child { get; }

    /// <summary>The process as the sandbox's record has it.</summary>
    public ProcessMark Mark { get; }

    /// <summary>Path of the program: the setting, or what lies beside the shim.</summary>
    public static string ProgramPath(SharingOptions options) =>
        options.Daemon.Length > 0 ? options.Daemon : Path.Combine(Path.GetDirectoryName(Environment.ProcessPath) ?? "/", ProgramName);

    /// <summary>Starts the daemon; it may not serve yet when this returns.</summary>
    /// <param name="name"><see cref="FirstName"/> or <see cref="SecondName"/>.</param>
    /// <param name="options">Settings.</param>
    /// <param name="stateDir">Where the daemons of the node meet, in a folder of their own: they tell one another who uses which file.</param>
    /// <param name="logLevel">Its log level.</param>
    /// <param name="vhostUser">Its end of the connection with QEMU; the caller closes it.</param>
    /// <param name="onLine">Called for each line of its log.</param>
    /// <param name="refresh">Has the guest ask for the sizes of files again; null when it need not.</param>
    /// <param name="words">More words of its command line.</param>
    /// <exception cref="LinuxException">It cannot be started.</exception>
    public static SharingDaemon Start(
        string name, SharingOptions options, string stateDir, string logLevel, OwnedFd vhostUser, Action<string> onLine,
        Func<IReadOnlyList<GuestFile>, Task>? refresh = null, params IReadOnlyList<string> words)
    {
        var folder = Path.Combine(stateDir, NodeTableForm.FolderName);
        var (ours, theirs) = FdSocket.CreatePair(SysSocket.SOCK_SEQPACKET);
        var calls = refresh is null ? default((OwnedFd Ours, OwnedFd Theirs)?) : FdSocket.CreatePair(SysSocket.SOCK_SEQPACKET);
        using (theirs)
        using (calls?.Theirs)
        {
            var fds = new InheritedFds();
            fds.Add(3, vhostUser);
            fds.Add(4, theirs);
            if (calls is { Theirs: var theirCalls })
                fds.Add(5, theirCalls);
            try
            {
                var child = SandboxChild.Start(
                    name == SecondName ? "the second fsd" : name,
                    [ProgramPath(options), "--fd", "3", "--control-fd", "4", .. Words(options, folder, logLevel), .. calls is null ? [] : s_guestWords, .. words, .. options.ExtraArguments],
                    fds.Map, onLine);
                return new SharingDaemon(
                    child, ProcessMark.Of(name, child.Pid), folder, new ControlClient(ours), calls is { Ours: var ourCalls } ? new GuestCallServer(ourCalls, refresh!) : null);
            }
            catch
            {
                ours.Dispose();
                calls?.Ours.Dispose();
                throw;
            }
        }
    }

    // Also without leases: with the folder its changes are announced, and guests that do believe what they were told are exact.
    private static IEnumerable<string> Words(SharingOptions options, string folder, string logLevel)
    {
        yield return "--log-level";
        yield return logLevel == "warning" ? "warn" : logLevel;
        yield return "--coherency-dir";
        yield return folder;
        yield return "--leases";
        yield return string.Create(CultureInfo.InvariantCulture, $"{options.LeaseValidityMs},{options.LeaseMarginMs},{options.LeaseContentionMs}");
        if (options.MapsWithoutDax == MapsWithoutDax.Refuse)
            yield return "--no-shared-maps";
    }

    /// <summary>Shows a tree, or a single file, to the guest as <c>/name</c> of its share.</summary>
    /// <param name="name">1 to 255 bytes, no slash.</param>
    /// <param name="policy">How it is served.</param>
    /// <param name="root">Detached mount; the daemon gets a duplicate.</param>
    /// <exception cref="LinuxException">The daemon refused, or is gone.</exception>
    public Task AddExportAsync(string name, ExportPolicy policy, OwnedFd root) => _control.AddExportAsync(name, policy, root);

    /// <summary>Asks for its counters, once it serves.</summary>
    public Task<DaemonStatus> GetStatusAsync() => _control.GetStatusAsync();

    /// <summary>Asks for all its numbers, once it serves.</summary>
    public Task<DaemonMetrics> GetMetricsAsync() => _control.GetMetricsAsync();

    /// <summary>Takes an export away from the guest; the daemon has let go of the mount when this completes.</summary>
    public Task RemoveExportAsync(string name) => _control.RemoveExportAsync(name);

    /// <summary>Ends the daemon, at the latest after ten seconds.</summary>
    public async Task EndAsync()
    {
        _control.Dispose();
        _calls?.Dispose();
        await Child.EndAsync(s_endGrace).ConfigureAwait(false);
        await PeerSockets.RemoveAsync(_folder, Mark).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _control.Dispose();
        _calls?.Dispose();
        Child.Dispose();
    }
}
