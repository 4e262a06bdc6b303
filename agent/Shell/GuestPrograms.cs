using System.Collections.Generic;
using System.IO;
using System.Linq;
using KataShimNet.Agent.Containers;
using KataShimNet.Agent.Processes;
using KataShimNet.Agent.Storages;
using KataShimNet.Agent.Streams;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;

namespace KataShimNet.Agent.Shell;

/// <summary>Runs programs in the guest's own root and namespaces, as root: only where the kernel's command line has the word for it.</summary>
/// <param name="reaper">Starts and collects them.</param>
/// <param name="poller">Waits for their streams.</param>
/// <param name="allowed">Whether the word was there.</param>
internal sealed class GuestPrograms(Reaper reaper, FdPoller poller, bool allowed)
{
    /// <summary>Folder with a shell and tools: a busybox and a link to it for each of its programs.</summary>
    private const string Tools = "/usr/lib/katanet/shell";

    // Leads a session, makes its standard input the terminal of that session if there is one, and becomes the program.
    private const string Starter = $"{Tools}/setsid";

    private static readonly string[] s_environment = [$"PATH=/usr/sbin:/usr/bin:/sbin:/bin:{Tools}", "HOME=/root"];

    /// <summary>Those that were started.</summary>
    public ExecTable Execs { get; } = new("the guest");

    /// <summary>Starts a program.</summary>
    /// <param name="request">As the host sent it; of the process its arguments, environment and terminal count.</param>
    /// <exception cref="TtrpcException">FailedPrecondition: it is not allowed, or there is no shell; AlreadyExists, InvalidArgument.</exception>
    public void Start(ExecProcessRequest request)
    {
        if (!allowed)
            throw new TtrpcException(StatusCode.FailedPrecondition, $"the guest runs no programs of its own: its kernel's command line lacks {GuestContract.DebugConsoleKey}");
        var execId = PathRules.Component(request.ExecId, "exec id");
        if (request.Process is null || request.Process.Args.Count == 0)
            throw new TtrpcException(StatusCode.InvalidArgument, "ExecProcess without process.args");
        if (!File.Exists(Starter))
            throw new TtrpcException(StatusCode.FailedPrecondition, $"the guest has no shell: there is no {Starter} in its root; an initrd has it when shell.cpio.zst is appended to it");
        Execs.Reserve(execId);
        ContainerProcess? process = null;
        try
        {
            process = request.Process.Terminal ? InTerminal(request.Process) : WithPipes(request.Process);
        }
        finally
        {
            Execs.Settle(execId, process);
        }
    }

    private ContainerProcess InTerminal(AgentProto.Kata.Oci.Process wanted)
    {
        var (master, slave) = Terminal.Open();
        using (slave)
        {
            try
            {
                var (pid, exit) = Start(wanted, ["setsid", "-c", .. wanted.Args], Enumerable.Range(0, 3).ToDictionary(fd => fd, _ => slave));
                return new ContainerProcess(reaper, pid, exit, ProcessStreams.OfTerminal(master, poller, exit));
            }
            catch
            {
                master.Dispose();
                throw;
            }
        }
    }

    private ContainerProcess WithPipes(AgentProto.Kata.Oci.Process wanted)
    {
        using var pipes = new ProcessStreams.Pipes();
        var (pid, exit) = Start(wanted, ["setsid", .. wanted.Args], pipes.Theirs);
        return new ContainerProcess(reaper, pid, exit, pipes.Connect(poller, exit));
    }

    private (int Pid, System.Threading.Tasks.Task<ChildExit> Exit) Start(
        AgentProto.Kata.Oci.Process wanted, IReadOnlyList<string> arguments, IReadOnlyDictionary<int, OwnedFd> fds) =>
        reaper.Start(new ChildStart { Path = Starter, Arguments = arguments, Environment = [.. s_environment, .. wanted.Env], Fds = fds, WorkingDirectory = "/" });
}
