using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Processes;

/// <summary>Collects every child of PID 1, those we started and those we inherited, on one thread.</summary>
internal sealed unsafe class Reaper
{
    private readonly ReaperTable _table = new();

    // Set, under the table's gate, when a child was started: with no child at all waitid(2) cannot wait, it fails.
    private bool _started;

    /// <summary>Starts to collect.</summary>
    public Reaper() => new Thread(Collect, 128 * 1024) { IsBackground = true, Name = "reaper" }.Start();

    /// <summary>A moment to give to <see cref="Claim"/>; to be taken before the process is started.</summary>
    public long Now
    {
        get
        {
            lock (_table.Gate)
                return _table.Now;
        }
    }

    /// <summary>Starts a program.</summary>
    /// <param name="start">What to start.</param>
    /// <returns>Its number, and its end.</returns>
    public (int Pid, Task<ChildExit> Exit) Start(ChildStart start)
    {
        // Under the gate nothing is reaped, so the child is claimed before its end can be noted.
        lock (_table.Gate)
        {
            var before = _table.Now;
            var pid = PosixSpawn.Start(start);
            var exit = _table.Claim(pid, before);
            Started();
            return (pid, exit);
        }
    }

    /// <summary>Asks for the end of a process that another program started and left to us.</summary>
    /// <param name="pid">Its number.</param>
    /// <param name="startedAfter">A moment before it was started.</param>
    public Task<ChildExit> Claim(int pid, long startedAfter)
    {
        lock (_table.Gate)
        {
            var exit = _table.Claim(pid, startedAfter);
            Started();
            return exit;
        }
    }

    /// <summary>Sends a signal to a child that was claimed. The number cannot have been handed out again: ends are noted under the same lock.</summary>
    /// <param name="pid">The child.</param>
    /// <param name="exit">Its end, as claimed.</param>
    /// <param name="signal">Number of the signal.</param>
    /// <returns>False when it has ended.</returns>
    public bool Kill(int pid, Task<ChildExit> exit, int signal)
    {
        lock (_table.Gate)
        {
            if (exit.IsCompleted)
                return false;
            if (Signals.kill(pid, signal) == 0)
                return true;
            var errno = LinuxException.LastErrno;
            return errno == Errno.ESRCH ? false : throw new LinuxException(errno, "kill", $"process {pid}, signal {signal}");
        }
    }

    private void Started()
    {
        _started = true;
        Monitor.PulseAll(_table.Gate);
    }

    private void WaitForStart()
    {
        lock (_table.Gate)
        {
            while (!_started)
                Monitor.Wait(_table.Gate);
            _started = false;
        }
    }

    private void Collect()
    {
        while (true)
        {
            Siginfo info = default;
            // First a look, then the reaping under the gate: in between the number stays taken.
            if (SysWait.waitid(SysWait.P_ALL, 0, &info, SysWait.WEXITED | SysWait.WNOWAIT) < 0)
            {
                if (LinuxException.LastErrno == Errno.ECHILD)
                    WaitForStart();
                continue;
            }

            lock (_table.Gate)
            {
                Siginfo reaped = default;
                if (SysWait.waitid(SysWait.P_PID, (uint)info.Pid, &reaped, SysWait.WEXITED | SysWait.WNOHANG) == 0 && reaped.Pid != 0)
                    _table.Reaped(reaped.Pid, new ChildExit(reaped.Status, Signalled: reaped.Code != 1));
            }
        }
    }
}
