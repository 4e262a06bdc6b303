using System;
using System.Collections.Generic;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Exports;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Rings;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fuzz.Targets;

/// <summary>The FUSE side of the daemon: a row of requests through the parser and the handlers, on a real folder.</summary>
/// <remarks>
/// A record's kind says how much room there is for the answer, its option into how many pieces the request is cut. Numbers of nodes and handles are the
/// server's own and differ from run to run, so small ones in a request stand for those that it was given (<see cref="KnownIds"/>); the length
/// in the header is made true. Both are left out when bit 7 of the option is set.
/// </remarks>
internal sealed unsafe class FuseTarget : IFuzzTarget
{
    /// <summary>Option: the request goes as it is.</summary>
    public const byte Raw = 0x80;

    private const int MostRequests = 48;
    private const int MostRoom = 16384;
    private const int Guard = 64;

    private readonly FuzzFolder _folder = new();
    private readonly FuseServer _server;
    private readonly IRequestProcessor _processor;
    private readonly KnownIds _known = new();
    private readonly List<Exchange> _exchanges = [];
    private readonly OpenFiles _open;

    /// <summary>Makes the server; the calling thread is the one that runs inputs.</summary>
    /// <param name="alone">Whether nothing else in the process opens files.</param>
    public FuseTarget(bool alone)
    {
        _open = new OpenFiles(alone);
        // Umask and working directory become the thread's own, as a queue's.
        LinuxException.Check(Sched.unshare(Sched.CLONE_FS), "unshare");
        _server = new FuseServer(ServingOptions.ForExports, new StrictLogger());
        _server.AddExport("data", new ExportPolicy(CoherencyClass.Private, ReadOnly: false), _folder.Open("data"));
        _server.AddExport("fixed", new ExportPolicy(CoherencyClass.Static, ReadOnly: true), _folder.Open("data"));
        _processor = _server.CreateProcessor();
        for (var i = 0; i < MostRequests + 16; i++)
            _exchanges.Add(new Exchange(MostRoom, Guard));
    }

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> input)
    {
        // The runtime opens files of its own now and then: only what grows each time is a leak.
        for (var i = 0; i < 3; i++)
        {
            RunOnce(input);
            if (!_open.HaveGrown(_folder.Data.Fd))
                return;
        }

        throw new FuzzException("descriptors leak");
    }

    private void RunOnce(ReadOnlySpan<byte> input)
    {
        var used = Prologue();
        for (var i = 0; i < MostRequests && Record.TryTake(ref input, out var record); i++)
        {
            var request = record.Content.ToArray();
            if ((record.Option & Raw) == 0)
                _known.Translate(request);
            Send(_exchanges[used++], request, Room(record.Kind), record.Option & 0x7F);
        }

        // A new session lets go of everything, waiting locks among it.
        Send(_exchanges[used++], FuseRequests.Init(), MostRoom, 0);
        for (var i = 0; i < used; i++)
            _exchanges[i].AwaitEnd();
        _folder.Reset();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        (_processor as IDisposable)?.Dispose();
        _server.Dispose();
        _folder.Dispose();
        foreach (var exchange in _exchanges)
            exchange.Dispose();
    }

    private static int Room(byte kind) => kind switch
    {
        0 => 0,
        < 32 => kind * 8,
        < 255 => kind * 32,
        _ => MostRoom,
    };

    // What every input finds: see KnownIds for the numbers.
    private int Prologue()
    {
        var used = 0;
        _known.Clear();
        Send(_exchanges[used++], FuseRequests.Init(), MostRoom, 0);
        foreach (var (parent, name) in new (int, string)[] { (0, "data"), (0, "fixed"), (1, "file"), (1, "folder"), (1, "link"), (1, "fifo"), (2, "file") })
            Send(_exchanges[used++], FuseRequests.Lookup(_known.Node(parent), name), MostRoom, 0);
        Send(_exchanges[used++], FuseRequests.Open(_known.Node(3), Opcode.Open, Fcntl.O_RDWR), MostRoom, 0);
        Send(_exchanges[used++], FuseRequests.Open(_known.Node(4), Opcode.Opendir, 0), MostRoom, 0);
        return used;
    }

    private void Send(Exchange exchange, byte[] request, int room, int pieces)
    {
        exchange.Prepare(request, room, pieces);
        var written = _processor.Process(exchange.Chain);
        if (written == IRequestProcessor.Deferred)
        {
            // A lock may wait for ever; anything else has to come to its end, and before the next request, so that an input always does the same.
            if (exchange.Opcode != (uint)Opcode.Setlkw)
                exchange.AwaitEnd();
            return;
        }

        exchange.End((uint)written);
        exchange.CheckAnswer();
        _known.Learn(exchange.Opcode, exchange.Answer);
    }
}
