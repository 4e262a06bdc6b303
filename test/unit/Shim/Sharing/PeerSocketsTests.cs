using System;
using System.Buffers.Binary;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.Shim.Sandboxes;
using KataShimNet.Shim.Sharing;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Sharing;

public sealed class PeerSocketsTests : IDisposable
{
    private const int Number = 7;

    private static readonly ProcessMark s_daemon = new("fsd", 4242, 123456);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("katanet-peers");

    public PeerSocketsTests()
    {
        Register(s_daemon);
        File.WriteAllText(Socket, "");
        File.WriteAllText(SizesSocket, "");
    }

    private string Table => Path.Combine(_folder.FullName, NodeTableForm.FileName);

    private string Socket => Path.Combine(_folder.FullName, NodeTableForm.SocketName(Number));

    private string SizesSocket => Path.ChangeExtension(Socket, NodeTableForm.SizesExtension);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Both_sockets_of_a_daemon_that_has_ended_go()
    {
        await PeerSockets.RemoveAsync(_folder.FullName, s_daemon);
        Assert.False(File.Exists(Socket));
        Assert.False(File.Exists(SizesSocket));
    }

    [Fact]
    public async Task They_go_when_its_last_process_does()
    {
        Task removal;
        using (var worker = Open())
        {
            new ByteLock(worker, NodeTableForm.LifeByte(Number)).Take();
            removal = PeerSockets.RemoveAsync(_folder.FullName, s_daemon);
            Assert.True(File.Exists(Socket));
        }

        await removal;
        Assert.False(File.Exists(Socket));
    }

    [Fact]
    public async Task They_stay_while_its_worker_does_and_its_number_is_not_kept_from_others_afterwards()
    {
        using (var worker = Open())
        {
            new ByteLock(worker, NodeTableForm.LifeByte(Number)).Take();
            await PeerSockets.RemoveAsync(_folder.FullName, s_daemon);
            Assert.True(File.Exists(Socket));
        }

        using var next = Open();
        new ByteLock(next, NodeTableForm.LifeByte(Number)).Take();
        Assert.False(new ByteLock(next, NodeTableForm.RegistrationByte).IsTaken);
    }

    [Fact]
    public async Task Those_of_another_daemon_that_has_the_number_now_stay()
    {
        Register(s_daemon with { StartTime = s_daemon.StartTime + 1 });
        await PeerSockets.RemoveAsync(_folder.FullName, s_daemon);
        Assert.True(File.Exists(Socket));
    }

    private void Register(ProcessMark daemon)
    {
        var slot = new byte[NodeTableForm.DaemonSlotSize];
        BinaryPrimitives.WriteInt32LittleEndian(slot.AsSpan(NodeTableForm.PidOffset), daemon.Pid);
        BinaryPrimitives.WriteUInt64LittleEndian(slot.AsSpan(NodeTableForm.PidOffset + 8), daemon.StartTime);
        using var table = File.Open(Table, FileMode.OpenOrCreate);
        table.Position = NodeTableForm.DaemonsOffset + (Number * NodeTableForm.DaemonSlotSize);
        table.Write(slot);
    }

    private OwnedFd Open() => OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, Table, Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0), "open", Table);
}
