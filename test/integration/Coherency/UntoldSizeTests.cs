using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.IntegrationTests.Locks;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Daemons;
using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.VhostUser;
using Xunit;

namespace KataShimNet.IntegrationTests.Coherency;

/// <summary>A machine that is killed under a lock, when it has just made a file longer: nobody has the lock before the others know the file's size.</summary>
public sealed class UntoldSizeTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_tooEarly = TimeSpan.FromMilliseconds(300);

    [Fact]
    public async Task A_lock_is_held_until_another_guest_knows_what_its_holder_wrote()
    {
        using var folder = new BackingFolder(Backing.Ext4);
        var node = Directory.CreateDirectory($"/dev/shm/katanet-node-{Guid.NewGuid():N}").FullName;
        var path = Path.Combine(folder.Location, "file");
        File.WriteAllText(path, "begin");
        try
        {
            var isAsked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var mayAnswer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var (ours, theirs) = FdSocket.CreatePair(SysSocket.SOCK_SEQPACKET);
            using var slowGuest = new GuestCallServer(ours, _ =>
            {
                isAsked.TrySetResult();
                return mayAnswer.Task;
            });
            using var slow = FsdDaemon.StartWithGuest(Published.Fsd, theirs, Arguments(node));
            using var killed = FsdDaemon.Start(Published.Fsd, Arguments(node));
            _ = await OpenAsync(slow, folder.Location, new FrontEndOptions());
            var (fuse, file, handle) = await OpenAsync(killed, folder.Location, new FrontEndOptions { Timeout = TimeSpan.FromSeconds(3) });
            Assert.Equal(Errno.None, fuse.SetLk(file, handle, 1, new FuseLock(Fcntl.F_WRLCK)));
            using var next = new HostFile(path);

            var write = Task.Run(() => fuse.Write(file, handle, 5, new byte[5000]));
            await isAsked.Task.WaitAsync(s_patience);
            killed.Connection.Shutdown();
            Assert.False(SpinWait.SpinUntil(HasLock, s_tooEarly), "the lock went before the other guest knew");
            mayAnswer.SetResult();
            Assert.True(SpinWait.SpinUntil(HasLock, s_patience), killed.Process.Log);
            await Assert.ThrowsAsync<TimeoutException>(() => write);

            bool HasLock() => next.Lock(Fcntl.F_WRLCK) == Errno.None;
        }
        finally
        {
            Directory.Delete(node, recursive: true);
        }
    }

    private static string[] Arguments(string node) => ["--coherency-dir", node, "--tag", "t", "--dax-window", "2M", "--leases", "0,1000,10000"];

    private static async Task<(FuseClient Fuse, ulong File, ulong Handle)> OpenAsync(FsdDaemon daemon, string folder, FrontEndOptions options)
    {
        LeakCheck.Watch(daemon.Process);
        await daemon.AddExportAsync("e", folder, CoherencyClass.Shared);
        var fuse = daemon.StartDevice(options);
        var file = fuse.Lookup(fuse.Lookup(FuseValues.RootId, "e").Value.NodeId, "file").Value.NodeId;
        return (fuse, file, fuse.Open(file, Fcntl.O_RDWR).Value.Fh);
    }
}
