using System;
using System.Threading.Tasks;
using KataShimNet.Linux;
using KataShimNet.Shim.Qemu;
using KataShimNet.Shim.Sharing;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>Finds out which process of a sandbox has died, and says how.</summary>
/// <param name="fsd">The file daemon.</param>
/// <param name="qemu">The machine.</param>
/// <param name="pipelines">Time-outs.</param>
internal sealed class SandboxDeath(SharingDaemon fsd, QemuProcess qemu, SandboxPipelines pipelines)
{
    private static readonly TimeSpan s_secondDeath = TimeSpan.FromMilliseconds(200);

    // QEMU closes its sockets before it has given the guest's memory back.
    private static readonly TimeSpan s_slowDeath = TimeSpan.FromSeconds(2);

    /// <summary>Looks for a process that has died, for a little while: connections break before their process can be waited for.</summary>
    /// <returns>How it ended and what it said last; null when all live.</returns>
    public async Task<string?> DescribeAsync()
    {
        try
        {
            var first = await pipelines.DeathNotice.ExecuteAsync(
                async token => await Task.WhenAny(qemu.Child.Exited, fsd.Child.Exited).WaitAsync(token).ConfigureAwait(false)).ConfigureAwait(false);
            return await IsFsdTheCauseAsync(first).ConfigureAwait(false)
                ? await fsd.Child.DescribeExitAsync().ConfigureAwait(false)
                : await qemu.DescribeExitAsync().ConfigureAwait(false);
        }
        catch (Polly.Timeout.TimeoutRejectedException)
        {
            return null;
        }
    }

    // Either takes the other along: QEMU gives up when fsd breaks the connection while the machine is made, and fsd, with nothing to do
    // without QEMU, ends in good order.
    private async Task<bool> IsFsdTheCauseAsync(Task<ChildExit> first)
    {
        var (daemon, machine) = (fsd.Child.Exited, qemu.Child.Exited);
        if (first != daemon && !(await first.ConfigureAwait(false)).Signalled)
            await Task.WhenAny(daemon, Task.Delay(s_secondDeath)).ConfigureAwait(false);
        if (!daemon.IsCompleted)
            return false;
        var exit = await daemon.ConfigureAwait(false);
        var inGoodOrder = !exit.Signalled && exit.Code == 0;
        if (inGoodOrder)
            await Task.WhenAny(machine, Task.Delay(s_slowDeath)).ConfigureAwait(false);
        return !machine.IsCompleted || (!inGoodOrder && !(await machine.ConfigureAwait(false)).Signalled);
    }
}
