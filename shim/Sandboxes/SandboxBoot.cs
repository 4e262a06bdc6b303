using System;
using System.Runtime.ExceptionServices;
using System.Threading;
using System.Threading.Tasks;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>
/// Boots the machine of a sandbox, and once more when the guest's kernel panics before its agent answers: without KVM, on a machine
/// with much to do, about one boot in a hundred ends with a fault in an interrupt, before the guest has used any of our devices.
/// </summary>
internal static class SandboxBoot
{
    /// <summary>Boots it.</summary>
    /// <param name="frame">What it is made from; what was done is in its undo list, also after an error.</param>
    /// <param name="onProcesses">Called once the processes run, before the guest has booted; for the second boot again.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="AgentProto.Ttrpc.TtrpcException">Something did not work; the text names the cause.</exception>
    public static async Task<SandboxMachine> RunAsync(SandboxFrame frame, Action<SandboxMachine> onProcesses, CancellationToken cancel)
    {
        var before = frame.Undo.Count;
        var attempts = 0;
        try
        {
            return await frame.Pipelines.BootAgain.ExecuteAsync(
                async token =>
                {
                    if (attempts++ > 0)
                        await frame.Undo.UnwindAsync(before).ConfigureAwait(false);
                    return await AttemptAsync(frame, onProcesses, attempts == 1, token).ConfigureAwait(false);
                },
                cancel).ConfigureAwait(false);
        }
        catch (EarlyPanicException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerException!);
            throw;
        }
    }

    private static async Task<SandboxMachine> AttemptAsync(
        SandboxFrame frame, Action<SandboxMachine> onProcesses, bool first, CancellationToken cancel)
    {
        SandboxMachine? machine = null;
        try
        {
            return await SandboxMachine.StartAsync(
                frame,
                made =>
                {
                    machine = made;
                    onProcesses(made);
                },
                cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (machine is { Qemu.HasPanicked: true } && !cancel.IsCancellationRequested)
        {
            if (first)
                SandboxLog.BootsAgain(frame.Log, machine.Qemu.WholeConsole());
            throw new EarlyPanicException(e);
        }
    }
}
