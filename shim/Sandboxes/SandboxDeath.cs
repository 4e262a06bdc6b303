using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.Linux;
using KataShimNet.Shim.Qemu;
using KataShimNet.Shim.Sandboxes.Children;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>Finds out which process of a sandbox has died, and says how.</summary>
/// <param name="daemons">The file daemons that there are by now.</param>
/// <param name="qemu">The machine.</param>
/// <param name="pipelines">Time-outs.</param>
internal sealed class SandboxDeath(Func<IReadOnlyList<SandboxChild>> daemons, QemuProcess qemu, SandboxPipelines pipelines)
{
    private static readonly TimeSpan s_secondDeath = TimeSpan.FromMilliseconds(200);

    // QEMU closes its sockets before it has given the guest's memory back.
    private static readonly TimeSpan s_slowDeath = TimeSpan.FromSeconds(2);

    /// <summary>Looks for a process that has died, for a little while: connections break before their process can be waited for.</summary>
    /// <returns>How it ended and what it said last; null when all live.</returns>
    public async Task<string?> DescribeAsync()
    {
        var all = daemons();
        try
        {
            var first = await pipelines.DeathNotice.ExecuteAsync(
                async token => await Task.WhenAny(all.Select(daemon => daemon.Exited).Prepend(qemu.Child.Exited)).WaitAsync(token).ConfigureAwait(false)).ConfigureAwait(false);
            return await FindCauseAsync(all, first).ConfigureAwait(false) is { } daemon
                ? await daemon.DescribeExitAsync().ConfigureAwait(false)
                : await qemu.DescribeExitAsync().ConfigureAwait(false);
        }
        catch (Polly.Timeout.TimeoutRejectedException)
        {
            return null;
        }
    }

    // Either takes the other along: QEMU gives up when a daemon breaks the connection while the machine is made, and a daemon, with nothing to
    // do without QEMU, ends in good order. Null when it is QEMU.
    private async Task<SandboxChild?> FindCauseAsync(IReadOnlyList<SandboxChild> all, Task<ChildExit> first)
    {
        var machine = qemu.Child.Exited;
        if (first == machine && !(await first.ConfigureAwait(false)).Signalled)
            await Task.WhenAny(all.Select(daemon => (Task)daemon.Exited).Append(Task.Delay(s_secondDeath))).ConfigureAwait(false);
        SandboxChild? ended = null;
        foreach (var daemon in all.Where(daemon => daemon.Exited.IsCompleted))
        {
            var exit = await daemon.Exited.ConfigureAwait(false);
            if (exit.Signalled || exit.Code != 0)
                return machine.IsCompleted && (await machine.ConfigureAwait(false)).Signalled ? null : daemon;
            ended = daemon;
        }

        if (ended is not null)
            await Task.WhenAny(machine, Task.Delay(s_slowDeath)).ConfigureAwait(false);
        return machine.IsCompleted ? null : ended;
    }
}
