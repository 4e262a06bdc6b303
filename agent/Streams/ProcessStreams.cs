using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;

namespace KataShimNet.Agent.Streams;

/// <summary>Our ends of a process's three streams.</summary>
internal sealed class ProcessStreams : IDisposable
{
    private readonly InputStream _input;
    private readonly OutputStream _output;
    private readonly OutputStream? _error;

    private ProcessStreams(InputStream input, OutputStream output, OutputStream? error)
    {
        _input = input;
        _output = output;
        _error = error;
    }

    /// <summary>What it reads.</summary>
    public InputStream Input => _input;

    /// <summary>What it writes.</summary>
    public OutputStream Output => _output;

    /// <summary>What it writes as errors.</summary>
    /// <exception cref="TtrpcException">FailedPrecondition: with a terminal there is one stream only.</exception>
    public OutputStream Error =>
        _error ?? throw new TtrpcException(StatusCode.FailedPrecondition, "a process with a terminal has no separate stderr: read its stdout");

    /// <summary>Makes streams of a terminal.</summary>
    /// <param name="master">Its master side, non-blocking; owned from here on.</param>
    /// <param name="poller">Waits for it.</param>
    /// <param name="exited">The end of the process.</param>
    public static ProcessStreams OfTerminal(OwnedFd master, FdPoller poller, Task exited) =>
        new(new InputStream(master.Duplicate(), poller, exited), new OutputStream(master, poller, exited), error: null);

    /// <summary>Sets the size of the terminal.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <exception cref="TtrpcException">FailedPrecondition: there is no terminal.</exception>
    public void Resize(uint rows, uint columns)
    {
        if (_error is not null)
            throw new TtrpcException(StatusCode.FailedPrecondition, "the process has no terminal");
        _output.Resize((ushort)Math.Min(rows, ushort.MaxValue), (ushort)Math.Min(columns, ushort.MaxValue));
    }

    /// <summary>Closes them.</summary>
    public void Dispose()
    {
        _input.Dispose();
        _output.Dispose();
        _error?.Dispose();
    }

    /// <summary>Pipes that were made for a process which does not run yet.</summary>
    public sealed class Pipes : IDisposable
    {
        private readonly OwnedFd[] _ours = new OwnedFd[3];
        private readonly Dictionary<int, OwnedFd> _theirs = [];

        // Our ends belong to streams now.
        private bool _connected;

        /// <summary>Makes three pipes.</summary>
        public Pipes()
        {
            (_ours[0], _theirs[0]) = Pipe.ForInput();
            (_ours[1], _theirs[1]) = Pipe.ForOutput();
            (_ours[2], _theirs[2]) = Pipe.ForOutput();
        }

        /// <summary>The process's ends by number.</summary>
        public IReadOnlyDictionary<int, OwnedFd> Theirs => _theirs;

        /// <summary>The process runs: our ends become streams, its ends are closed here, so that the end of its output can be seen.</summary>
        /// <param name="poller">Waits for them.</param>
        /// <param name="exited">The end of the process.</param>
        public ProcessStreams Connect(FdPoller poller, Task exited)
        {
            CloseTheirs();
            _connected = true;
            return new ProcessStreams(
                new InputStream(_ours[0], poller, exited), new OutputStream(_ours[1], poller, exited), new OutputStream(_ours[2], poller, exited));
        }

        /// <summary>Closes what <see cref="Connect"/> has not handed on.</summary>
        public void Dispose()
        {
            CloseTheirs();
            if (_connected)
                return;
            foreach (var fd in _ours)
                fd.Dispose();
        }

        private void CloseTheirs()
        {
            foreach (var fd in _theirs.Values)
                fd.Dispose();
        }
    }
}
