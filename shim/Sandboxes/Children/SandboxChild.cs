using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.Shim.Commands;
using KataShimNet.Shim.Qemu.Isolation;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Sandboxes.Children;

/// <summary>A process of the sandbox: dies with the shim, and its output goes to the shim's log.</summary>
internal sealed class SandboxChild : IDisposable
{
    private const int KeepChars = 16 * 1024;
    private const int ShownLines = 8;
    private static readonly TimeSpan s_outputGrace = TimeSpan.FromMilliseconds(500);

    private readonly string _program;
    private readonly ChildProcess _process;
    private readonly OutputReader _output;

    private SandboxChild(string name, string program, ChildProcess process, OutputReader output)
    {
        Name = name;
        _program = program;
        _process = process;
        _output = output;
    }

    /// <summary>Name in messages.</summary>
    public string Name { get; }

    /// <summary>Process id.</summary>
    public int Pid => _process.Pid;

    /// <summary>Completes when it has ended.</summary>
    public Task<ChildExit> Exited => _process.Exited;

    /// <summary>Starts a program through the verb <c>launch</c>, so that it cannot outlive this process.</summary>
    /// <param name="name">Name in messages.</param>
    /// <param name="command">Program, absolute, and its arguments.</param>
    /// <param name="fds">Descriptors for it.</param>
    /// <param name="onLine">Called for each line that it writes to standard output or standard error.</param>
    /// <param name="user">Whom it runs as; null for root.</param>
    /// <param name="netns">Network namespace that it runs in; null for the shim's.</param>
    /// <exception cref="LinuxException">It cannot be started.</exception>
    public static SandboxChild Start(
        string name, IReadOnlyList<string> command, IReadOnlyDictionary<int, OwnedFd> fds, Action<string> onLine, ProcessUser? user = null,
        OwnedFd? netns = null)
    {
        var (output, writer) = OutputReader.Create(KeepChars, onLine);
        using (writer)
        {
            try
            {
                var self = Environment.ProcessPath ?? throw new LinuxException(Errno.ENOENT, "readlink", "/proc/self/exe");
                var process = ChildProcess.Start(new ChildStart
                {
                    Path = self,
                    Arguments = LaunchCommand.Arguments(self, Environment.ProcessId, command, user),
                    Fds = new Dictionary<int, OwnedFd>(fds) { [1] = writer, [2] = writer },
                    WorkingDirectory = "/",
                    NetworkNamespace = netns,
                });
                return new SandboxChild(name, command[0], process, output);
            }
            catch (LinuxException)
            {
                output.Dispose();
                throw;
            }
        }
    }

    /// <summary>Waits for the end, and puts it into words: how it ended and what it said last.</summary>
    public async Task<string> DescribeExitAsync()
    {
        var exit = await Exited.ConfigureAwait(false);
        try
        {
            // Something that it started may hold the other end still.
            await _output.Ended.WaitAsync(s_outputGrace).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
        }

        var said = string.Join('\n', _output.Lines()
            .Select(LogfmtLine.Parse).Where(line => line.Level >= LogLevel.Warning).Select(line => line.Message).TakeLast(ShownLines));
        var end = $"{Name} ({_program}) ended: {exit}";
        return said.Length == 0 ? end : $"{end}: {said}";
    }

    /// <summary>Waits for the end for a while, then kills.</summary>
    /// <param name="grace">How long it may take to end by itself.</param>
    public async Task EndAsync(TimeSpan grace)
    {
        try
        {
            await Exited.WaitAsync(grace).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _process.Kill(Signals.SIGKILL);
            await Exited.WaitAsync(Timeout.InfiniteTimeSpan).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _output.Dispose();
        _process.Dispose();
    }
}
