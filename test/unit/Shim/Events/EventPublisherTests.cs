using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Containerd.Events;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Shim.Events;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Events;

public sealed class EventPublisherTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_delay = TimeSpan.FromMilliseconds(10);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("katanet-");

    private string Address => Path.Combine(_folder.FullName, "containerd.sock.ttrpc");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task EventsArriveInOrderWithBareTypeNames()
    {
        await using var containerd = new Containerd(Address);
        await using (var publisher = new EventPublisher(Address, "ns", NullLogger.Instance, s_delay))
        {
            for (var i = 0; i < 50; i++)
                publisher.Publish(Topics.Exit, new TaskExit { ContainerId = $"c{i}" });
        }

        Assert.Equal(50, containerd.Taken.Count);
        for (var i = 0; i < 50; i++)
        {
            var envelope = containerd.Taken[i].Envelope;
            Assert.Equal(("ns", "/tasks/exit", "containerd.events.TaskExit"), (envelope.Namespace, envelope.Topic, envelope.Event.TypeUrl));
            Assert.Equal($"c{i}", TaskExit.Parser.ParseFrom(envelope.Event.Value).ContainerId);
        }
    }

    [Fact]
    public async Task ARefusedEventIsTriedAgainBeforeTheNext()
    {
        await using var containerd = new Containerd(Address) { RefuseFirst = EventPublisher.Attempts - 1 };
        await using (var publisher = new EventPublisher(Address, "ns", NullLogger.Instance, s_delay))
        {
            publisher.Publish(Topics.Create, new TaskCreate { ContainerId = "c" });
            publisher.Publish(Topics.Start, new TaskStart { ContainerId = "c" });
        }

        Assert.Equal([Topics.Create, Topics.Start], containerd.Taken.ConvertAll(r => r.Envelope.Topic));
    }

    [Fact]
    public async Task AnEventIsDroppedAfterTheLastAttempt()
    {
        await using var containerd = new Containerd(Address) { RefuseFirst = EventPublisher.Attempts };
        await using (var publisher = new EventPublisher(Address, "ns", NullLogger.Instance, s_delay))
        {
            publisher.Publish(Topics.Create, new TaskCreate { ContainerId = "c" });
            publisher.Publish(Topics.Start, new TaskStart { ContainerId = "c" });
        }

        Assert.Equal([Topics.Start], containerd.Taken.ConvertAll(r => r.Envelope.Topic));
    }

    [Fact]
    public async Task ARestartedContainerdGetsTheNextEvents()
    {
        await using var publisher = new EventPublisher(Address, "ns", NullLogger.Instance, TimeSpan.FromMilliseconds(100));
        await using (var first = new Containerd(Address))
        {
            publisher.Publish(Topics.Create, new TaskCreate());
            await first.TookOne.Task.WaitAsync(s_limit);
        }

        publisher.Publish(Topics.Start, new TaskStart());
        await using var second = new Containerd(Address);
        await second.TookOne.Task.WaitAsync(s_limit);
        Assert.Equal(Topics.Start, Assert.Single(second.Taken).Envelope.Topic);
    }

    [Fact]
    public async Task AnAbsentContainerdBlocksNobody()
    {
        var publisher = new EventPublisher(Address, "ns", NullLogger.Instance, s_delay);
        for (var i = 0; i < 5; i++)
            publisher.Publish(Topics.Create, new TaskCreate());
        await publisher.DisposeAsync().AsTask().WaitAsync(s_limit);
    }

    /// <summary>The event service on a socket.</summary>
    private sealed class Containerd : IAsyncDisposable
    {
        private readonly Socket _listening = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _serving;
        private int _calls;

        public Containerd(string address)
        {
            File.Delete(address);
            _listening.Bind(new UnixDomainSocketEndPoint(address));
            _listening.Listen();
            var table = new TtrpcServiceTable().Add(
                "containerd.services.events.ttrpc.v1.Events", "Forward", ForwardRequest.Parser, (r, _) => Task.FromResult(Take(r)));
            _serving = ServeAsync(new TtrpcServer(table, NullLogger.Instance));
        }

        public int RefuseFirst { get; init; }

        public List<ForwardRequest> Taken { get; } = [];

        public TaskCompletionSource TookOne { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            _listening.Dispose();
            await _serving;
            _stop.Dispose();
        }

        private Empty Take(ForwardRequest request)
        {
            if (Interlocked.Increment(ref _calls) <= RefuseFirst)
                throw new TtrpcException(StatusCode.Internal, "not now");
            lock (Taken)
                Taken.Add(request);
            TookOne.TrySetResult();
            return new Empty();
        }

        private async Task ServeAsync(TtrpcServer server)
        {
            var connections = new List<Task>();
            try
            {
                while (true)
                {
                    var connection = await _listening.AcceptAsync(_stop.Token);
                    connections.Add(server.ServeAsync(new NetworkStream(connection, ownsSocket: true), _stop.Token));
                }
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                await Task.WhenAll(connections);
            }
        }
    }
}
