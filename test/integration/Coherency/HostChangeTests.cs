using System;
using System.Collections.Concurrent;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Daemons;
using KataShimNet.VhostFrontEnd.Fuse;
using Xunit;

namespace KataShimNet.IntegrationTests.Coherency;

/// <summary>A daemon, confined as it is, whose guest maps files: that processes of the host have made one longer is told to whoever can ask the guest.</summary>
public sealed class HostChangeTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task The_guest_is_told_of_what_the_host_appends_also_after_the_worker_has_died()
    {
        using var folder = new BackingFolder(Backing.Ext4);
        var node = Directory.CreateDirectory($"/dev/shm/katanet-node-{Guid.NewGuid():N}").FullName;
        var calls = new ConcurrentQueue<GuestFile>();
        try
        {
            var (ours, theirs) = FdSocket.CreatePair(SysSocket.SOCK_SEQPACKET);
            using var guest = new GuestCallServer(ours, files =>
            {
                foreach (var file in files)
                    calls.Enqueue(file);
                return Task.CompletedTask;
            });
            using var daemon = FsdDaemon.StartWithGuest(Published.Fsd, theirs, "--coherency-dir", node, "--tag", "t", "--dax-window", "2M", "--leases", "0,1000,10000");
            await daemon.AddExportAsync("e", folder.Location, CoherencyClass.Shared);
            var fuse = daemon.StartDevice();
            var path = Path.Combine(folder.Location, "log");
            File.WriteAllText(path, "begin");
            var export = fuse.Lookup(FuseValues.RootId, "e").Value.NodeId;
            var file = fuse.Lookup(export, "log").Value.NodeId;
            var handle = fuse.Open(file, Fcntl.O_RDONLY).Value.Fh;

            Append();
            Append();
            using (var worker = PidFd.TryOpen((await daemon.Control.GetStatusAsync()).WorkerPid)!)
                _ = worker.Kill(9);
            // The next worker cannot know what the guest knows.
            AwaitCall();
            Append();
            Assert.Equal(Errno.None, fuse.Release(file, handle));
            Assert.DoesNotContain("inotify", daemon.Process.Log, StringComparison.Ordinal);

            void Append()
            {
                calls.Clear();
                File.AppendAllText(path, "more");
                AwaitCall();
            }

            void AwaitCall()
            {
                Assert.True(SpinWait.SpinUntil(() => calls.Contains(new GuestFile("e", file)), s_patience), daemon.Process.Log);
                calls.Clear();
            }
        }
        finally
        {
            Directory.Delete(node, recursive: true);
        }
    }
}
