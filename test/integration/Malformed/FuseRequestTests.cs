using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Fuse;
using Xunit;

namespace KataShimNet.IntegrationTests.Malformed;

/// <summary>FUSE requests of random content, and of every operation with too little room: what needs no table of expectations, as test/hostile has it.</summary>
public sealed class FuseRequestTests
{
    // Fewest bytes of arguments, names with their zero; operations that take none or have no reply are left out.
    private static readonly Dictionary<FuseOpcode, int> s_arguments = new()
    {
        [FuseOpcode.Lookup] = 2,
        [FuseOpcode.GetAttr] = 16,
        [FuseOpcode.SetAttr] = 88,
        [FuseOpcode.Symlink] = 4,
        [FuseOpcode.Mknod] = 18,
        [FuseOpcode.Mkdir] = 10,
        [FuseOpcode.Unlink] = 2,
        [FuseOpcode.Rmdir] = 2,
        [FuseOpcode.Rename] = 12,
        [FuseOpcode.Link] = 10,
        [FuseOpcode.Open] = 8,
        [FuseOpcode.Read] = 40,
        [FuseOpcode.Write] = 40,
        [FuseOpcode.Release] = 24,
        [FuseOpcode.Fsync] = 16,
        [FuseOpcode.SetXattr] = 18,
        [FuseOpcode.GetXattr] = 10,
        [FuseOpcode.ListXattr] = 8,
        [FuseOpcode.RemoveXattr] = 2,
        [FuseOpcode.Flush] = 24,
        [FuseOpcode.OpenDir] = 8,
        [FuseOpcode.ReadDir] = 40,
        [FuseOpcode.ReleaseDir] = 24,
        [FuseOpcode.FsyncDir] = 16,
        [FuseOpcode.Access] = 8,
        [FuseOpcode.Create] = 18,
        [FuseOpcode.Fallocate] = 32,
        [FuseOpcode.ReadDirPlus] = 40,
        [FuseOpcode.Rename2] = 20,
        [FuseOpcode.Lseek] = 24,
        [FuseOpcode.CopyFileRange] = 56,
    };

    // SETLKW may wait, as it should.
    private static readonly uint[] s_opcodes =
        [.. Enumerable.Range(1, 53).Select(n => (uint)n).Except([(uint)FuseOpcode.Init, (uint)FuseOpcode.Destroy, (uint)FuseOpcode.SetLkw])];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(20)]
    public void Room_that_is_too_small_is_never_overrun(int room)
    {
        using var device = new DeviceUnderAttack();
        var fh = device.Fuse.Open(device.File, Fcntl.O_RDWR).Value.Fh;
        foreach (var opcode in s_opcodes)
        {
            var least = s_arguments.GetValueOrDefault((FuseOpcode)opcode, 64);
            var arguments = Plausible((FuseOpcode)opcode, least);
            if (arguments.Length >= 8 && (FuseOpcode)opcode is FuseOpcode.Read or FuseOpcode.Write or FuseOpcode.Lseek or FuseOpcode.Flush)
                BitConverter.TryWriteBytes(arguments, fh);
            // Guard bytes around the room are checked with every exchange.
            var reply = device.Fuse.Raw(device.Fuse.Request((FuseOpcode)opcode, device.Share.Root, arguments), room, $"{(FuseOpcode)opcode} with room for {room}");
            Assert.True(reply.Written <= room);
            if (reply.Written >= 16)
                Assert.Equal(reply.Written, BitConverter.ToUInt32(reply.Bytes));
        }

        device.AssertAlive(1, $"room for {room}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Random_requests_come_back_and_harm_nothing(int seed)
    {
        using var device = new DeviceUnderAttack();
        var share = device.Share;
        System.IO.File.WriteAllText(share.Folder.Location + "/outside", "secret");
        var random = new Random(seed);
        var fh = device.Fuse.Open(device.File, Fcntl.O_RDWR).Value.Fh;
        ulong[] words = [0, 1, fh, device.File, share.Root, ulong.MaxValue, 1UL << 63, 4096, 0x0000_0002_0000_0002];
        for (var i = 0; i < 5000; i++)
        {
            var arguments = new byte[random.Next(0, 160)];
            random.NextBytes(arguments);
            for (var at = 0; at + 8 <= arguments.Length; at += 8)
            {
                if (random.Next(3) != 0)
                    BitConverter.TryWriteBytes(arguments.AsSpan(at), words[random.Next(words.Length)]);
            }

            var opcode = (FuseOpcode)s_opcodes[random.Next(s_opcodes.Length)];
            var request = device.Fuse.Request(opcode, words[random.Next(1, words.Length)], arguments);
            if (random.Next(10) == 0)
                BitConverter.TryWriteBytes(request, random.Next());
            var reply = (device.Fuse with { Queue = random.Next(0, 3) }).Raw(request, random.Next(0, 300), $"random request {i} of seed {seed}: {opcode}");
            AssertWellFormed(reply, $"random request {i} of seed {seed}: {opcode}");
        }

        device.AssertAlive(1, "random requests");
        Assert.Equal("secret", System.IO.File.ReadAllText(share.Folder.Location + "/outside"));
    }

    private static void AssertWellFormed(RawReply reply, string what)
    {
        if (reply.Written == 0)
            return;
        Assert.True(reply.Written >= 16 && BitConverter.ToUInt32(reply.Bytes) == reply.Written, $"{what}: a reply of {reply.Written} bytes that claims {BitConverter.ToUInt32(reply.Bytes)}");
    }

    // Arguments of the right size, with names where names belong.
    private static byte[] Plausible(FuseOpcode opcode, int least)
    {
        var arguments = new byte[least];
        var names = opcode switch
        {
            FuseOpcode.Symlink or FuseOpcode.Rename or FuseOpcode.Rename2 => 2,
            FuseOpcode.Lookup or FuseOpcode.Unlink or FuseOpcode.Rmdir or FuseOpcode.Mkdir or FuseOpcode.Mknod or FuseOpcode.Link or FuseOpcode.Create
                or FuseOpcode.SetXattr or FuseOpcode.GetXattr or FuseOpcode.RemoveXattr => 1,
            _ => 0,
        };
        for (var i = 1; i <= names; i++)
            arguments[least - 2 * i] = (byte)'z';
        if (opcode is FuseOpcode.Mknod)
            arguments[1] = 0x81;
        if (opcode is FuseOpcode.SetAttr)
            arguments[0] = (byte)SetAttrValid.Size;
        return arguments;
    }
}
