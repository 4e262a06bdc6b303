using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Shim.Stdio;

/// <summary>
/// A program that takes a process's output: <c>binary:///path?key=value</c>. As containerd's own shim has it: the keys and values are its
/// arguments, it reads standard output on descriptor 3 and standard error on 4, closes 5 once it is ready, and finds CONTAINER_ID and
/// CONTAINER_NAMESPACE in its environment. It ends by itself when both streams have ended.
/// </summary>
internal sealed class LoggerProgram
{
    /// <summary>Scheme of its address.</summary>
    public const string Scheme = "binary";

    private const int Stdout = 3;
    private const int Stderr = 4;
    private const int Ready = 5;

    private static readonly TimeSpan s_readyTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_endTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_terminationTime = TimeSpan.FromSeconds(2);

    private readonly ChildProcess _process;

    private LoggerProgram(ChildProcess process, PipeSink output, PipeSink error) => (_process, Output, Error) = (process, output, error);

    /// <summary>Takes standard output; owned by the caller.</summary>
    public PipeSink Output { get; }

    /// <summary>Takes standard error; owned by the caller.</summary>
    public PipeSink Error { get; }

    /// <summary>Starts the program and waits until it is ready, 10 s at most.</summary>
    /// <param name="address">Its address.</param>
    /// <param name="owner">Whose output it takes: the exec's id, or the container's.</param>
    /// <param name="containerdNamespace">The container's namespace.</param>
    /// <param name="poller">Waits for its pipes.</param>
    /// <exception cref="TtrpcException">InvalidArgument: no such address. DeadlineExceeded: it is not ready in time.</exception>
    /// <exception cref="LinuxException">It cannot be started.</exception>
    public static LoggerProgram Start(string address, string owner, string containerdNamespace, FdPoller poller)
    {
        var (path, arguments) = Parse(address);
        var (outputRead, outputWrite) = Pipe(nonBlockingWrite: true);
        var (errorRead, errorWrite) = Pipe(nonBlockingWrite: true);
        var (readyRead, readyWrite) = Pipe(nonBlockingWrite: false);
        using var ready = readyRead;
        ChildProcess? process = null;
        try
        {
            using (outputRead)
            using (errorRead)
            using (readyWrite)
            {
                process = ChildProcess.Start(new ChildStart
                {
                    Path = path,
                    Arguments = [path, .. arguments],
                    Environment = [$"CONTAINER_ID={owner}", $"CONTAINER_NAMESPACE={containerdNamespace}"],
                    Fds = new Dictionary<int, OwnedFd> { [Stdout] = outputRead, [Stderr] = errorRead, [Ready] = readyWrite },
                });
            }

            WaitUntilReady(ready, path);
            return new LoggerProgram(process, new PipeSink(outputWrite, path, poller), new PipeSink(errorWrite, path, poller));
        }
        catch
        {
            outputWrite.Dispose();
            errorWrite.Dispose();
            process?.Kill(Signals.SIGKILL);
            process?.Dispose();
            throw;
        }
    }

    /// <summary>Program and arguments of an address.</summary>
    /// <param name="address">The address.</param>
    /// <exception cref="TtrpcException">InvalidArgument.</exception>
    public static (string Path, IReadOnlyList<string> Arguments) Parse(string address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme != Scheme || !Path.IsPathFullyQualified(uri.LocalPath) || uri.Host.Length > 0)
            throw new TtrpcException(StatusCode.InvalidArgument, $"stdio {address}: write binary:///path/of/program?key=value");
        var arguments = new List<string>();
        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
            arguments.AddRange(pair.Split('=', 2).Select(part => Uri.UnescapeDataString(part.Replace('+', ' '))));
        return (uri.LocalPath, arguments);
    }

    /// <summary>When both streams are closed: waits until it has written what it has, and ends it if it does not end.</summary>
    public async Task FinishAsync()
    {
        try
        {
            await _process.Exited.WaitAsync(s_endTime).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _process.Kill(Signals.SIGTERM);
            await Task.WhenAny(_process.Exited, Task.Delay(s_terminationTime)).ConfigureAwait(false);
            _process.Kill(Signals.SIGKILL);
        }

        _process.Dispose();
    }

    // Something written, and the end of the pipe, both say so; the program's early end looks the same and shows later, as a reader that is gone.
    private static unsafe void WaitUntilReady(OwnedFd ready, string path)
    {
        var wait = new PollFd { Fd = ready.Fd, Events = Poll.POLLIN };
        int result;
        while ((result = Poll.poll(&wait, 1, (int)s_readyTime.TotalMilliseconds)) < 0 && LinuxException.LastErrno == Errno.EINTR)
        {
        }

        if (result <= 0)
            throw new TtrpcException(StatusCode.DeadlineExceeded, $"the logger {path} was not ready within {s_readyTime.TotalSeconds} s: it has to close descriptor {Ready}");
    }

    private static unsafe (OwnedFd Read, OwnedFd Write) Pipe(bool nonBlockingWrite)
    {
        var fds = stackalloc int[2];
        LinuxException.Check(Unistd.pipe2(fds, Fcntl.O_CLOEXEC), "pipe2");
        var (read, write) = (new OwnedFd(fds[0]), new OwnedFd(fds[1]));
        if (nonBlockingWrite)
            LinuxException.Check(Fcntl.fcntl(write.Fd, Fcntl.F_SETFL, Fcntl.O_WRONLY | Fcntl.O_NONBLOCK), "fcntl", "F_SETFL");
        return (read, write);
    }
}
