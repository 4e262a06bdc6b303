using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using KataShimNet.VhostFrontEnd;
using KataShimNet.VhostFrontEnd.Daemons;
using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.Load;
using KataShimNet.VhostFrontEnd.VhostUser;

namespace KataShimNet.Bench.Files;

/// <summary>A virtio-fs daemon that is measured, with a front end of its own.</summary>
internal sealed class Contestant : IDisposable
{
    /// <summary>Requests that a queue holds at most.</summary>
    public const int MaxDepth = 16;

    private const int DataRoom = 1 << 20;

    private readonly IDisposable _daemon;
    private readonly FrontEnd _frontEnd;
    private readonly int[] _processes;

    private Contestant(string name, Daemon process, IDisposable daemon, VhostUserConnection connection)
    {
        Name = name;
        _daemon = daemon;
        Command = process.Command;
        var options = new FrontEndOptions { RequestQueues = 1, RegionSize = 64 << 20, Timeout = TimeSpan.FromSeconds(60) };
        _frontEnd = new FrontEnd(connection, options);
        try
        {
            _frontEnd.Negotiate();
            _frontEnd.ShareMemory();
            _frontEnd.CreateQueues(Math.Min(3, (int)Math.Max(2, _frontEnd.QueueNumber)));
            foreach (var queue in _frontEnd.Queues)
                _frontEnd.StartQueue(queue);
            Client = new FuseClient(_frontEnd);
            _ = Client.Init().Value;
            _processes = [.. process.Processes()];
        }
        catch (Exception e) when (e is IOException or FrontEndException or TimeoutException)
        {
            string log = process.Log;
            Dispose();
            throw new BenchException($"{Command}: {e.Message}\n{log}");
        }
        Queues = [];
        Forgets = null!;
    }

    public string Name { get; }

    /// <summary>Its command line.</summary>
    public string Command { get; }

    /// <summary>For preparations, until <see cref="TakeQueues"/>.</summary>
    public FuseClient Client { get; }

    /// <summary>The request queues, after <see cref="TakeQueues"/>.</summary>
    public LoadQueue[] Queues { get; private set; }

    /// <summary>The high-priority queue, after <see cref="TakeQueues"/>.</summary>
    public ForgetQueue Forgets { get; private set; }

    /// <summary>The processes of the daemon.</summary>
    public IReadOnlyList<int> Processes => _processes;

    /// <summary>Processor time of the daemon since its start.</summary>
    public long ProcessorNanoseconds => Measuring.Processors.Used(_processes);

    /// <summary>Our daemon, on one folder.</summary>
    /// <param name="program">Path of katanet-fsd.</param>
    /// <param name="folder">What it serves.</param>
    /// <param name="name">What tells it from another one.</param>
    /// <param name="options">More options.</param>
    public static Contestant Fsd(string program, string folder, string name, params IEnumerable<string> options)
    {
        string socket = Path.Combine(folder, "..", string.Create(CultureInfo.InvariantCulture, $"fsd-{Environment.ProcessId}-{name}.sock"));
        string[] arguments = ["--socket-path", Path.GetFullPath(socket), "--shared-dir", folder, "--log-level", "warn", .. options];
        var daemon = new Daemon(program, arguments);
        try
        {
            return new Contestant(name, daemon, daemon, VhostUserConnection.Connect(Path.GetFullPath(socket), TimeSpan.FromSeconds(10)));
        }
        catch (IOException e)
        {
            string log = daemon.Log;
            daemon.Dispose();
            throw new BenchException($"{daemon.Command}: {e.Message}\n{log}");
        }
    }

    /// <summary>virtiofsd of the node's tree, on the same folder.</summary>
    public static Contestant Virtiofsd(string tree, string folder)
    {
        VirtiofsdDaemon daemon = VirtiofsdDaemon.Start(tree, folder, "--cache=auto", "--thread-pool-size=0");
        return new Contestant("virtiofsd", daemon.Process, daemon, daemon.Connection);
    }

    /// <summary>Ends the preparations: the queues are driven by the load from here on.</summary>
    public void TakeQueues()
    {
        Forgets = new ForgetQueue(new LoadQueue(_frontEnd.Memory, _frontEnd.Queues[0], 64, 0));
        Queues = [.. _frontEnd.Queues.Skip(1).Select(queue => new LoadQueue(_frontEnd.Memory, queue, MaxDepth, DataRoom))];
    }

    public void Pin(ulong processors) => Measuring.Processors.Pin(_processes, processors);

    public void Dispose()
    {
        _frontEnd.Dispose();
        _daemon.Dispose();
    }
}
