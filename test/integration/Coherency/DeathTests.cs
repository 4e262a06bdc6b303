using System;
using System.Diagnostics;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Fuse;
using Xunit;

namespace KataShimNet.IntegrationTests.Coherency;

/// <summary>Real daemons with one table: what one that dies, or whose worker dies, leaves to the others.</summary>
public sealed class DeathTests : IDisposable
{
    private readonly BackingFolder _folder = new(Backing.Ext4);
    private readonly string _table = Path.Combine("/dev/shm", $"katanet-table-{Guid.NewGuid():N}");

    public DeathTests() => File.WriteAllText(_folder.Location + "/f", "0123456789");

    public void Dispose()
    {
        _folder.Dispose();
        Directory.Delete(_table, recursive: true);
    }

    [Fact]
    public void What_the_guest_of_a_killed_daemon_believes_runs_out_and_its_place_is_free()
    {
        using var other = new Tenant(_table, _folder.Location);
        var own = other.Lookup("f").NodeId;
        LetPass();
        using (var killed = new Tenant(_table, _folder.Location))
        {
            var node = killed.Lookup("f").NodeId;
            _ = killed.Fuse.Open(node, Fcntl.O_RDWR).Value;
            LetPass();
            var clock = Stopwatch.StartNew();
            Assert.Equal(Tenant.ValidityMs, killed.Fuse.GetAttr(node).Value.Valid.TotalMilliseconds);
            killed.Kill();
            Assert.Equal(0x180u, other.Fuse.SetAttr(own, new FuseSetAttr(SetAttrValid.Mode) { Mode = 0x180 }).Value.Attr.Mode & 0xfff);
            Assert.True(clock.ElapsedMilliseconds >= Tenant.ValidityMs, $"the change waited for {clock.ElapsedMilliseconds} ms");
        }

        // It had the file open for writing.
        Assert.Equal(Errno.None, other.Fuse.Open(own, Fcntl.O_RDONLY).Errno);
        LetPass();
        Assert.Equal(Tenant.ValidityMs, other.Fuse.GetAttr(own).Value.Valid.TotalMilliseconds);
        using var next = new Tenant(_table, _folder.Location);
        Assert.Equal(Errno.None, next.Fuse.SetAttr(next.Lookup("f").NodeId, new FuseSetAttr(SetAttrValid.Mode) { Mode = 0x1a4 }).Errno);
    }

    [Fact]
    public async Task Workers_killed_while_both_change_one_file_leave_nothing_that_blocks()
    {
        using var a = new Tenant(_table, _folder.Location);
        using var b = new Tenant(_table, _folder.Location);
        var (fa, fb) = (a.Lookup("f").NodeId, b.Lookup("f").NodeId);
        var handle = a.Fuse.Open(fa, Fcntl.O_RDWR).Value.Fh;
        using var end = new CancellationTokenSource();
        var changes = 0;
        var task = Task.Run(() =>
        {
            for (; !end.IsCancellationRequested; changes++)
                Assert.Equal(1u, a.Fuse.Write(fa, handle, (ulong)(changes % 10), [(byte)changes]).Value);
        });
        for (var i = 0; i < 15; i++)
        {
            Assert.Equal(Errno.None, b.Fuse.SetAttr(fb, new FuseSetAttr(SetAttrValid.Mode) { Mode = 0x180 }).Errno);
            a.KillWorker();
        }

        end.Cancel();
        await task;
        Assert.True(changes > 0);
        // Its open file is still counted, by the sixteenth worker.
        LetPass();
        Assert.Equal(TimeSpan.Zero, b.Fuse.GetAttr(fb).Value.Valid);
        Assert.Equal(Errno.None, a.Fuse.Release(fa, handle));
        LetPass();
        Assert.Equal(Tenant.ValidityMs, b.Fuse.GetAttr(fb).Value.Valid.TotalMilliseconds);
    }

    [Fact]
    public async Task Before_a_stop_nothing_is_believed_any_more()
    {
        using var stopped = new Tenant(_table, _folder.Location);
        using var other = new Tenant(_table, _folder.Location);
        var (node, own) = (stopped.Lookup("f").NodeId, other.Lookup("f").NodeId);
        LetPass();
        var clock = Stopwatch.StartNew();
        Assert.Equal(Tenant.ValidityMs, stopped.Fuse.GetAttr(node).Value.Valid.TotalMilliseconds);
        await stopped.Control.SuspendLeasesAsync();
        Assert.True(clock.ElapsedMilliseconds >= Tenant.ValidityMs + Tenant.MarginMs);
        Assert.Equal(TimeSpan.Zero, stopped.Fuse.GetAttr(node).Value.Valid);
        _ = other.Fuse.SetAttr(own, new FuseSetAttr(SetAttrValid.Mode) { Mode = 0x180 }).Value;
        await stopped.Control.ResumeLeasesAsync();
        LetPass();
        Assert.Equal(Tenant.ValidityMs, stopped.Fuse.GetAttr(node).Value.Valid.TotalMilliseconds);
    }

    // Until neither contention nor a lease of another is left.
    private static void LetPass() => Thread.Sleep(Tenant.ContentionMs + Tenant.ValidityMs + Tenant.MarginMs);
}
