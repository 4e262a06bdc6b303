using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>What has to be undone, in the order it was done. Undoing goes in reverse, and one failure does not keep the rest from being undone.</summary>
/// <param name="log">Where failures go.</param>
internal sealed class UndoList(ILogger log)
{
    private readonly object _gate = new();
    // Guarded by _gate.
    private readonly Stack<(string What, Func<Task> Undo)> _steps = new();

    /// <summary>Adds the undo of a step that has just been done, or is about to be.</summary>
    /// <param name="what">Name for the log.</param>
    /// <param name="undo">Undoes it; has to bear being called for a step that was done in part.</param>
    public void Push(string what, Func<Task> undo)
    {
        lock (_gate)
            _steps.Push((what, undo));
    }

    /// <summary>Adds an undo that does not wait for anything.</summary>
    public void Push(string what, Action undo) => Push(what, () =>
    {
        undo();
        return Task.CompletedTask;
    });

    /// <summary>Number of steps that can be undone, to come back to by <see cref="UnwindAsync"/>.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _steps.Count;
        }
    }

    /// <summary>Undoes everything, or what was done since a moment. Steps added meanwhile are undone too; a second call finds nothing left.</summary>
    /// <param name="keep">How many of the oldest steps stay: <see cref="Count"/> as it was at that moment.</param>
    public async Task UnwindAsync(int keep = 0)
    {
        while (true)
        {
            (string What, Func<Task> Undo) step;
            lock (_gate)
            {
                if (_steps.Count <= keep)
                    return;
                step = _steps.Pop();
            }

            try
            {
                await step.Undo().ConfigureAwait(false);
            }
            catch (Exception e)
            {
                SandboxLog.UndoFailed(log, step.What, e);
            }
        }
    }
}
