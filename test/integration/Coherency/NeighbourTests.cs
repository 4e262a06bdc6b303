using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Daemons;
using KataShimNet.VhostFrontEnd.Fuse;
using Xunit;

namespace KataShimNet.IntegrationTests.Coherency;

/// <summary>Daemons of one node, confined as they are, that find one another and cut files.</summary>
public sealed class NeighbourTests
{
    [Fact]
    public async Task Daemons_find_one_another_cut_files_and_may_end()
    {
        using var folder = new BackingFolder(Backing.Ext4);
        var node = Directory.CreateDirectory($"/dev/shm/katanet-node-{Guid.NewGuid():N}").FullName;
        try
        {
            var first = await StartAsync(node, folder);
            using (var second = await StartAsync(node, folder))
            {
                Assert.Equal(["peer-0.sock", "peer-1.sock"], Directory.GetFiles(node, "*.sock").Select(Path.GetFileName).Order());
                Cut(first, folder, "one");
                Cut(second, folder, "two");
                using (var worker = PidFd.TryOpen((await second.Control.GetStatusAsync()).WorkerPid)!)
                    _ = worker.Kill(9);
                Cut(second, folder, "three");

                // Killed, it leaves its socket behind; who comes next takes its place.
                // Its place is free when the last of its processes has ended, some of them a moment after the first.
                PidFd[] processes = [.. first.Process.Processes().Select(PidFd.TryOpen).OfType<PidFd>()];
                Assert.True(first.Process.Kill(9));
                Assert.All(processes, process => Assert.True(process.WaitForExit(TimeSpan.FromSeconds(20))));
                Array.ForEach(processes, process => process.Dispose());
                first.Dispose();
                Cut(second, folder, "four");
                using var third = await StartAsync(node, folder);
                Cut(third, folder, "five");
                Assert.Equal(2, Directory.GetFiles(node, "*.sock").Length);
                Assert.DoesNotContain("level=error", second.Process.Log, StringComparison.Ordinal);
            }
        }
        finally
        {
            Directory.Delete(node, recursive: true);
        }
    }

    private static async Task<FsdDaemon> StartAsync(string node, BackingFolder folder)
    {
        var daemon = FsdDaemon.Start(Published.Fsd, "--coherency-dir", node);
        await daemon.AddExportAsync("e", folder.Location, CoherencyClass.Shared);
        daemon.StartDevice();
        return daemon;
    }

    private static void Cut(FsdDaemon daemon, BackingFolder folder, string name)
    {
        var path = Path.Combine(folder.Location, name);
        File.WriteAllText(path, new string('a', 20_000));
        var fuse = new FuseClient(daemon.Device!);
        var root = fuse.Lookup(FuseValues.RootId, "e").Value.NodeId;
        var file = fuse.Lookup(root, name).Value.NodeId;
        Assert.Equal(5_000ul, fuse.SetAttr(file, new(SetAttrValid.Size) { Size = 5_000 }).Value.Attr.Size);
        var handle = fuse.Open(file, Fcntl.O_RDWR).Value.Fh;
        Assert.Equal(Errno.None, fuse.Fallocate(file, handle, 0, 4096, Fcntl.FALLOC_FL_PUNCH_HOLE | Fcntl.FALLOC_FL_KEEP_SIZE));
        Assert.Equal(10u, fuse.Write(file, handle, 30_000, new byte[10]).Value);
        Assert.Equal(30_010, new FileInfo(path).Length);
        Assert.Equal(Errno.None, fuse.Open(file, Fcntl.O_RDWR | Fcntl.O_TRUNC).Errno);
        Assert.Equal(0, new FileInfo(path).Length);
    }
}
