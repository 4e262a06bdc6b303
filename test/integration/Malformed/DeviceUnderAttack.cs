using System;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.Rings;
using KataShimNet.VhostFrontEnd.VhostUser;
using Xunit;

namespace KataShimNet.IntegrationTests.Malformed;

/// <summary>A device with two request queues: the first is attacked, the second shows that the daemon lives.</summary>
public sealed class DeviceUnderAttack : IDisposable
{
    private readonly int _worker;

    public DeviceUnderAttack(VirtioFeatures without = VirtioFeatures.None)
    {
        var features = new FrontEndOptions().Features & ~without;
        Share = new Share(Backing.Tmpfs, new() { FrontEnd = new() { RequestQueues = 2, QueueSize = 64, Features = features } });
        Share.Put("file", "content");
        File = Share.Fuse.Lookup(Share.Root, "file").Value.NodeId;
        _worker = Share.Fsd!.Control.GetStatusAsync().Result.WorkerPid;
        // Room for requests, written by hand: the first half to be read, the second to be written.
        Buffer = Share.Device.Memory.Allocate(8192, 4096);
    }

    public Share Share { get; }

    public FuseClient Fuse => Share.Fuse;

    public VirtQueue Queue => Share.Device.Queues[1];

    public ulong File { get; }

    public ulong Buffer { get; }

    public ulong ReplyBuffer => Buffer + 4096;

    /// <summary>Puts a request that would be answered into <see cref="Buffer"/>.</summary>
    /// <returns>Its length.</returns>
    public uint PlaceGetAttr()
    {
        var request = Fuse.Request(FuseOpcode.GetAttr, Share.Root, new byte[16]);
        request.CopyTo(Share.Device.Memory.Span(Buffer, request.Length));
        return (uint)request.Length;
    }

    /// <summary>Makes a chain available and expects it back.</summary>
    /// <returns>Bytes that the device says it wrote.</returns>
    public uint ExpectUsed(ushort head, string what)
    {
        var pending = Queue.SubmitHead(head);
        Assert.True(Queue.TryWait(pending, TimeSpan.FromSeconds(5)), $"{what}: the buffer was not used\n{Share.Process.Log}");
        return pending.Written;
    }

    /// <summary>The daemon is the same, and answers a good request.</summary>
    /// <param name="queue">Queue to ask on.</param>
    /// <param name="what">What was done before.</param>
    public void AssertAlive(int queue, string what)
    {
        try
        {
            Assert.Equal(Errno.None, (Fuse with { Queue = queue }).GetAttr(Share.Root).Errno);
        }
        catch (TimeoutException e)
        {
            Assert.Fail($"after {what}: {e.Message}; the daemon {(Share.Process.IsRunning ? "runs" : "is gone")}\n{Share.Process.Log}");
        }

        Assert.True(Share.Process.IsRunning, $"after {what} the daemon is gone\n{Share.Process.Log}");
    }

    public void Dispose()
    {
        try
        {
            if (Share.Process.IsRunning)
                Assert.Equal(_worker, Share.Fsd!.Control.GetStatusAsync().Result.WorkerPid);
        }
        finally
        {
            Share.Dispose();
        }
    }
}
