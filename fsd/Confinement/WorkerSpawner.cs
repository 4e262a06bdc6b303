using System;
using System.Threading;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Confinement;

/// <summary>
/// Starts workers from a thread that lives as long as the keeper and stands where they shall be: mount, ipc and host name namespaces
/// of their own, an empty root, a pid namespace, and a bounding set with nothing but what they need. So a worker is confined from
/// its first instruction, in every thread.
/// </summary>
/// <remarks>The thread cannot start threads of its own any more (its children are in another pid namespace), so it runs nothing else.</remarks>
internal sealed class WorkerSpawner : IDisposable
{
    private const int StackBytes = 256 * 1024;

    private readonly WorkerSandbox _sandbox;
    private readonly SemaphoreSlim _asked = new(0);
    private readonly SemaphoreSlim _answered = new(0);
    // One caller at a time; guards what follows.
    private readonly Lock _lock = new();
    private ChildStart? _start;
    private int _pid;
    private LinuxException? _failure;
    private volatile bool _end;
    // As long as this is there, workers are.
    private NamespaceInit? _init;

    private readonly string? _share;

    private WorkerSpawner(WorkerSandbox sandbox, string? share) => (_sandbox, _share) = (sandbox, share);

    /// <summary>What is taken from a worker.</summary>
    public WorkerSandbox Sandbox => _sandbox;

    /// <summary>The shared directory in the workers' mount namespace; null when there is none, or none but the host's.</summary>
    public OwnedFd? Directory { get; private set; }

    /// <summary>Path of this program for <see cref="Start"/>: relative to /proc, where the thread is.</summary>
    public static string ProgramPath => "self/exe";

    /// <summary>Our process id as a worker sees it.</summary>
    public int KeeperPid => _sandbox.Mode == SandboxMode.Namespace ? 0 : Environment.ProcessId;

    /// <summary>Makes the thread, and the place where workers shall be.</summary>
    /// <param name="sandbox">What is taken from a worker.</param>
    /// <param name="share">The directory that is served, or null.</param>
    /// <exception cref="LinuxException">A right is missing; the message says which step failed.</exception>
    public static WorkerSpawner Create(WorkerSandbox sandbox, string? share)
    {
        var spawner = new WorkerSpawner(sandbox, share);
        new Thread(spawner.Run, StackBytes) { IsBackground = true, Name = "spawn" }.Start();
        spawner._answered.Wait();
        return spawner._failure is { } failure ? throw failure : spawner;
    }

    /// <summary>Starts a worker: this very program, whatever stands at its path by now.</summary>
    /// <param name="start">Arguments and descriptors, 0 to 2 among them; the path is set here.</param>
    /// <exception cref="LinuxException">It cannot be started.</exception>
    public ChildProcess Start(ChildStart start)
    {
        lock (_lock)
        {
            _start = start;
            _asked.Release();
            _answered.Wait();
            return _failure is { } failure ? throw failure : ChildProcess.Adopt(_pid);
        }
    }

    /// <summary>Ends the thread and, with the first process of their namespace, all workers.</summary>
    public void Dispose()
    {
        _end = true;
        Directory?.Dispose();
        _init?.Dispose();
        _asked.Release();
    }

    private void Run()
    {
        Attempt(Prepare);
        while (true)
        {
            _asked.Wait();
            if (_end)
                return;
            Attempt(() => _pid = PosixSpawn.Start(_start!));
        }
    }

    private void Attempt(Action action)
    {
        try
        {
            _failure = null;
            action();
        }
        catch (LinuxException e)
        {
            _failure = e;
        }

        _answered.Release();
    }

    private void Prepare()
    {
        // The thread's own root and working directory.
        LinuxException.Check(Sched.unshare(Sched.CLONE_FS), "unshare");
        using var proc = EnterRoot();
        if (_sandbox.Mode == SandboxMode.Namespace)
            JoinPidNamespace();
        DropPrivileges();
        LinuxException.Check(Unistd.fchdir(proc.Fd), "fchdir", "/proc");
    }

    // /proc as a worker starts in it, as "self/exe", to leave it at once. Where mounts can be made it is a copy with nothing above.
    private OwnedFd EnterRoot()
    {
        if (_sandbox.Mode == SandboxMode.Namespace)
        {
            var proc = DetachedMount.Clone("/proc", recursive: false);
            LinuxException.Check(
                Sched.unshare(Sched.CLONE_NEWIPC | Sched.CLONE_NEWUTS | Sched.CLONE_NEWCGROUP), "unshare", "ipc, uts and cgroup namespaces");
            Directory = EmptyRoot.Mount(_share);
            return proc;
        }

        var directory = OwnedFd.FromCall(
            Fcntl.openat(Fcntl.AT_FDCWD, "/proc", Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0), "open", "/proc");
        if (_sandbox.Mode == SandboxMode.Chroot)
            EmptyRoot.Change();
        return directory;
    }

    private void DropPrivileges()
    {
        // A user's daemon has nothing to drop, and nothing that execve could give it.
        if (ThreadCapabilities.Permitted().Bits != 0)
            ThreadCapabilities.Bound(_sandbox.Capabilities);
        LinuxException.Check(SysPrctl.prctl(SysPrctl.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl", "PR_SET_NO_NEW_PRIVS");
        ThreadCapabilities.Keep(_sandbox.Capabilities);
    }

    private void JoinPidNamespace()
    {
        _init = NamespaceInit.Start();
        LinuxException.Check(Sched.setns(_init.Process.Fd, Sched.CLONE_NEWPID), "setns", "pid namespace");
    }
}
