using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Stdio;

/// <summary>The three streams of one process, from the opening of its fifos to the last byte after its end.</summary>
internal sealed class ProcessStdio : IDisposable
{
    /// <summary>How long, after the process's end, its output may make no progress before nobody waits for it any more.</summary>
    public static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(2);

    private readonly List<OutputPump> _outputs = [];
    private readonly InputPump? _stdin;
    private readonly LoggerProgram? _logger;
    private readonly bool _terminal;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _ended = new();
    private bool _started;

    private ProcessStdio(StdioPaths paths, FdPoller poller, TimeSpan grace, ILogger log, (string Id, string Namespace) owner)
    {
        _terminal = paths.Terminal;
        _log = log;
        try
        {
            // One program for both streams: clients name it twice.
            if (Scheme(paths.Stdout) == LoggerProgram.Scheme)
                _logger = LoggerProgram.Start(paths.Stdout, owner.Id, owner.Namespace, poller);
            _outputs.Add(new OutputPump(OutputKind.Stdout, _logger?.Output ?? OpenSink(paths.Stdout, poller, grace, log), log));
            if (!paths.Terminal)
                _outputs.Add(new OutputPump(OutputKind.Stderr, _logger?.Error ?? OpenSink(paths.Stderr, poller, grace, log), log));
            else
                _logger?.Error.Dispose();
            _stdin = paths.Stdin.Length == 0 ? null : new InputPump(Fifo(paths.Stdin), poller);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Opens what the client named.</summary>
    /// <param name="paths">The streams.</param>
    /// <param name="poller">Waits for fifos.</param>
    /// <param name="grace">How long a reader that went away is waited for.</param>
    /// <param name="log">Gets what happens to the streams.</param>
    /// <param name="owner">Id of the process (the exec's, or the container's) and its namespace, for a program that logs.</param>
    /// <exception cref="TtrpcException">A path cannot be opened, or is of a kind that is not known.</exception>
    public static ProcessStdio Open(StdioPaths paths, FdPoller poller, TimeSpan grace, ILogger log, (string Id, string Namespace) owner = default)
    {
        try
        {
            return new ProcessStdio(paths, poller, grace, log, owner);
        }
        catch (LinuxException e)
        {
            throw new TtrpcException(e.Errno == Errno.ENOENT ? StatusCode.NotFound : StatusCode.Internal, $"stdio{(Scheme(paths.Stdout) is null ? "" : " " + paths.Stdout)}: {e.Message}", e);
        }
    }

    /// <summary>Starts to move data. To be called once, when the process runs or is about to.</summary>
    /// <param name="streams">The process.</param>
    public void Start(IProcessStreams streams)
    {
        _started = true;
        foreach (var output in _outputs)
            output.Start(streams);
        _ = _stdin is null ? CloseInputAsync(streams) : _stdin.RunAsync(streams, _log, _ended.Token);
    }

    /// <summary>Lets the process see the end of its input, after what is in the fifo.</summary>
    public void CloseInput() => _stdin?.Close();

    /// <summary>
    /// After the process's end: waits until its output is with the readers, as long as it moves. A reader that takes its time keeps
    /// its stream until <see cref="FinishAsync"/>; a stream that something else in the guest still holds open is closed.
    /// </summary>
    public async Task DrainAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        await WaitWhileMovingAsync().ConfigureAwait(false);
        foreach (var output in _outputs)
        {
            if (!output.WaitsForReader)
                output.Abandon();
        }
    }

    /// <summary>When the process is deleted: gives the rest its last time, then closes everything.</summary>
    public async Task FinishAsync()
    {
        await WaitWhileMovingAsync().ConfigureAwait(false);
        Dispose();
        await AllDone().ConfigureAwait(false);
        if (_logger is not null)
            await _logger.FinishAsync().ConfigureAwait(false);
    }

    /// <summary>Closes everything at once.</summary>
    public void Dispose()
    {
        _ended.Cancel();
        foreach (var output in _outputs)
        {
            if (_started)
                output.Abandon();
            else
                output.Dispose();
        }

        if (_started)
            return;
        _stdin?.Dispose();
        _ = _logger?.FinishAsync();
    }

    private async Task WaitWhileMovingAsync()
    {
        var done = AllDone();
        for (var before = -1L; !done.IsCompleted && before != Progress();)
        {
            before = Progress();
            await Task.WhenAny(done, Task.Delay(DrainPatience)).ConfigureAwait(false);
        }
    }

    private Task AllDone()
    {
        var all = new Task[_outputs.Count];
        for (var i = 0; i < all.Length; i++)
            all[i] = _outputs[i].Done;
        return Task.WhenAll(all);
    }

    private long Progress()
    {
        var sum = 0L;
        foreach (var output in _outputs)
            sum += output.Progress;
        return sum;
    }

    // A process without a stdin reads the end of it, not for ever.
    private async Task CloseInputAsync(IProcessStreams streams)
    {
        if (_terminal)
            return;
        try
        {
            await streams.CloseInputAsync(_ended.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TtrpcException or OperationCanceledException)
        {
            // It has ended already.
        }
    }

    private static IOutputSink? OpenSink(string name, FdPoller poller, TimeSpan grace, ILogger log)
    {
        if (name.Length == 0)
            return null;
        if (Scheme(name) is not { } scheme)
            return IsFifo(name) ? new FifoSink(name, poller, grace, log) : new FileSink(name);
        return scheme switch
        {
            "file" => new FileSink(FilePath(name)),
            "fifo" => new FifoSink(FilePath(name), poller, grace, log),
            _ => throw new TtrpcException(StatusCode.Unimplemented, $"stdio {name}: {scheme}:// is not known; use a fifo, file:// or, for both streams, binary://"),
        };
    }

    private static string Fifo(string name) => Scheme(name) switch
    {
        null => name,
        "fifo" => FilePath(name),
        var scheme => throw new TtrpcException(StatusCode.Unimplemented, $"stdin {name}: {scheme}:// is not known; use a fifo"),
    };

    private static string? Scheme(string name)
    {
        var at = name.IndexOf("://", StringComparison.Ordinal);
        return at < 0 ? null : name[..at];
    }

    private static string FilePath(string url)
    {
        try
        {
            return Path.IsPathFullyQualified(new Uri(url).LocalPath) ? new Uri(url).LocalPath : throw new UriFormatException("no absolute path");
        }
        catch (UriFormatException e)
        {
            throw new TtrpcException(StatusCode.InvalidArgument, $"stdio {url}: {e.Message}", e);
        }
    }

    private static unsafe bool IsFifo(string path)
    {
        Statx stat;
        fixed (byte* bytes = System.Text.Encoding.UTF8.GetBytes(path + "\0"))
        {
            if (SysStat.statx(Fcntl.AT_FDCWD, bytes, 0, SysStat.STATX_BASIC_STATS, &stat) != 0)
                throw new LinuxException(LinuxException.LastErrno, "open", path);
        }

        return (stat.Mode & SysStat.S_IFMT) == SysStat.S_IFIFO;
    }
}
