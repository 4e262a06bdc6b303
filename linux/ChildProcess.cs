using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Linux;

/// <summary>How a child ended.</summary>
/// <param name="Code">Exit status, 0 to 255, or the signal's number.</param>
/// <param name="Signalled">Whether a signal ended it.</param>
public readonly record struct ChildExit(int Code, bool Signalled)
{
    /// <summary>The status as a shell gives it: 128 + signal when a signal ended the child.</summary>
    public int ShellStatus => Signalled ? 128 + Code : Code;

    /// <inheritdoc/>
    public override string ToString() => Signalled ? $"killed by signal {Code}" : $"exit status {Code}";
}

/// <summary>What to start, and with which descriptors.</summary>
public sealed class ChildStart
{
    /// <summary>Path of the program; not searched for.</summary>
    public required string Path { get; init; }

    /// <summary>Arguments, the program's name first.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Environment as <c>NAME=value</c>; null passes ours on.</summary>
    public IReadOnlyList<string>? Environment { get; init; }

    /// <summary>Descriptors: number in the child → descriptor here. All others are closed. 0 to 2 that are not named become /dev/null.</summary>
    public IReadOnlyDictionary<int, OwnedFd> Fds { get; init; } = new Dictionary<int, OwnedFd>();

    /// <summary>Working directory, or null for ours.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Whether the child leads a session of its own (setsid(2)).</summary>
    public bool NewSession { get; init; }

    /// <summary>Network namespace of the child, from its first instruction on; null for ours.</summary>
    public OwnedFd? NetworkNamespace { get; init; }
}

/// <summary>A child process that is held by a pidfd, so that its number can never mean another process.</summary>
/// <remarks>
/// Children are started from one thread that lives as long as this process: a child that asks for a signal at its
/// parent's death (PR_SET_PDEATHSIG) gets it when the *thread* that started it ends.
/// </remarks>
public sealed class ChildProcess : IDisposable
{
    private readonly PidFd _pidfd;
    private readonly Task<ChildExit> _exit;

    private ChildProcess(int pid, PidFd pidfd)
    {
        Pid = pid;
        _pidfd = pidfd;
        var exit = new TaskCompletionSource<ChildExit>(TaskCreationOptions.RunContinuationsAsynchronously);
        _exit = exit.Task;
        // A small stack: the thread does nothing but wait, and there is one per child.
        new Thread(() => exit.TrySetResult(pidfd.Reap()), 128 * 1024) { IsBackground = true, Name = $"wait-{pid}" }.Start();
    }

    /// <summary>The process id. Valid as a name for this child until it is reaped; use <see cref="Kill"/> to signal.</summary>
    public int Pid { get; }

    /// <summary>The number of its pidfd, for poll(2): it is readable once the child has ended. Owned by this object.</summary>
    public int Descriptor => _pidfd.Fd;

    /// <summary>Completes when the child has ended and was reaped.</summary>
    public Task<ChildExit> Exited => _exit;

    /// <summary>Starts a program (posix_spawn(3)). Signals are reset and unblocked in it.</summary>
    /// <param name="start">What to start.</param>
    /// <exception cref="LinuxException">The program cannot be started, such as ENOENT for its path.</exception>
    public static ChildProcess Start(ChildStart start)
    {
        ArgumentNullException.ThrowIfNull(start);
        return Adopt(SpawnThread.Run(() => SpawnThread.StartIn(start)));
    }

    /// <summary>Takes hold of a child that a thread of the caller's own started; nobody else may reap it.</summary>
    /// <param name="pid">Its process id.</param>
    /// <exception cref="LinuxException">There is no such process.</exception>
    public static ChildProcess Adopt(int pid) =>
        new(pid, PidFd.TryOpen(pid) ?? throw new LinuxException(Errno.ESRCH, "pidfd_open"));

    /// <summary>Sends a signal (pidfd_send_signal(2)).</summary>
    /// <param name="signal">Number of the signal.</param>
    /// <returns>False when the child has ended already.</returns>
    public bool Kill(int signal) =>
        !_exit.IsCompleted && _pidfd.Kill(signal);

    /// <summary>Lets go of the pidfd, once the child has been reaped. Does not end the child.</summary>
    public void Dispose() => _exit.ContinueWith(_ => _pidfd.Dispose(), TaskScheduler.Default);

    private static class SpawnThread
    {
        private static readonly System.Collections.Concurrent.BlockingCollection<Action> s_work = [];

        static SpawnThread() => new Thread(Loop, 256 * 1024) { IsBackground = true, Name = "spawn" }.Start();

        public static int Run(Func<int> spawn)
        {
            var done = new TaskCompletionSource<int>();
            s_work.Add(() =>
            {
                try
                {
                    done.SetResult(spawn());
                }
                catch (LinuxException e)
                {
                    done.SetException(e);
                }
            });
            return done.Task.GetAwaiter().GetResult();
        }

        // A child begins in the namespaces of the thread that starts it. This thread's own is put back before anything else is started.
        public static int StartIn(ChildStart start)
        {
            if (start.NetworkNamespace is not { } netns)
                return PosixSpawn.Start(start);
            using var own = Linux.NetworkNamespace.OpenOwn();
            LinuxException.Check(Sched.setns(netns.Fd, Sched.CLONE_NEWNET), "setns", "CLONE_NEWNET");
            try
            {
                return PosixSpawn.Start(start);
            }
            finally
            {
                LinuxException.Check(Sched.setns(own.Fd, Sched.CLONE_NEWNET), "setns", "CLONE_NEWNET");
            }
        }

        private static void Loop()
        {
            foreach (var work in s_work.GetConsumingEnumerable())
                work();
        }
    }
}
