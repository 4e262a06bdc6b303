using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Cgroups;
using KataShimNet.Shim.Sharing;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>Removes what a sandbox left behind whose shim is gone: the work of <c>delete</c>.</summary>
internal static class SandboxCleanup
{
    // A killed QEMU gives its guest's memory back before it is gone.
    private static readonly TimeSpan s_killGrace = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Kills the processes that the sandbox's state file names and removes its folder. May be called any number of times, for a sandbox
    /// that never was, beside another clean-up, and beside a shim that is just stopping.
    /// </summary>
    /// <param name="identity">Which sandbox.</param>
    /// <param name="options">Settings; only the state folder is used.</param>
    /// <param name="shimGrace">How long a shim that still lives may take to finish by itself before it is killed too.</param>
    public static Task RunAsync(SandboxIdentity identity, RuntimeOptions options, TimeSpan shimGrace) => Task.Run(async () =>
    {
        var file = new StateFile(identity.StateFolder(options));
        var record = file.Read();
        if (record is not null)
        {
            // The shim first: while it lives it may start what was not there when the record was read.
            End(record.Shim, shimGrace);
            await EndChildrenAsync(file.Read() ?? record, options.StateDir).ConfigureAwait(false);
        }

        file.RemoveFolder();
        if (record?.Cgroup is { } cgroup)
            await SandboxCgroup.RemoveAsync(cgroup).ConfigureAwait(false);
    });

    /// <summary>Kills the children that a record names, as far as they live.</summary>
    /// <param name="record">The record.</param>
    /// <param name="stateDir">The state folder.</param>
    public static async Task EndChildrenAsync(SandboxRecord record, string stateDir)
    {
        foreach (var child in record.Children)
            End(child, TimeSpan.Zero);
        foreach (var daemon in record.Children.Where(child => child.Name is SharingDaemon.FirstName or SharingDaemon.SecondName))
            await PeerSockets.RemoveAsync(Path.Combine(stateDir, NodeTableForm.FolderName), daemon).ConfigureAwait(false);
    }

    private static void End(ProcessMark mark, TimeSpan grace)
    {
        using var process = PidFd.TryOpen(mark.Pid);
        // Compared after it is held: from here on the number cannot pass to another process.
        if (process is null || !mark.IsAlive() || process.WaitForExit(grace))
            return;
        process.Kill(Signals.SIGKILL);
        if (!process.WaitForExit(s_killGrace))
            throw new LinuxException(Errno.ETIMEDOUT, "kill", $"{mark.Name} (process {mark.Pid})");
    }
}
