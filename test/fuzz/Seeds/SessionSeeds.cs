using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.Fsd.VhostUser;
using KataShimNet.Fuzz.Targets;
using static KataShimNet.Fuzz.Targets.FuseRequests;

namespace KataShimNet.Fuzz.Seeds;

/// <summary>Inputs of good messages, in the order in which QEMU sends them.</summary>
internal static class SessionSeeds
{
    private const byte OneMemory = 1;
    private const byte OneEvent = 1 | (1 << 3);
    private const ulong UserAddress = 1UL << 32;

    /// <summary>All seeds by name.</summary>
    public static IEnumerable<(string Name, byte[] Input)> All()
    {
        var features = Message(FrontEndRequest.SetFeatures, BitConverter.GetBytes((ulong)DeviceLimits.Features));
        var region = Message(FrontEndRequest.AddMemReg, [.. new byte[8], .. Region()], OneMemory);
        yield return Seed("negotiate", Message(FrontEndRequest.GetFeatures), Message(FrontEndRequest.GetProtocolFeatures), Message(FrontEndRequest.SetProtocolFeatures, BitConverter.GetBytes((ulong)DeviceLimits.Protocol)), Message(FrontEndRequest.GetQueueNum), Message(FrontEndRequest.SetOwner), features, Message(FrontEndRequest.GetMaxMemSlots), Message(FrontEndRequest.GetStatus), Message(FrontEndRequest.SetStatus, BitConverter.GetBytes(15ul)));
        yield return Seed("memory", region, Message(FrontEndRequest.RemMemReg, [.. new byte[8], .. Region()]), Message(FrontEndRequest.SetMemTable, [1, 0, 0, 0, 0, 0, 0, 0, .. Region()], OneMemory));
        yield return Seed("ring", features, region, Message(FrontEndRequest.SetVringNum, State(1, 64)), Message(FrontEndRequest.SetVringBase, State(1, 0)), Message(FrontEndRequest.SetVringAddr, Bytes(new VringAddress { Index = 1, Descriptors = UserAddress, Used = UserAddress + 4096, Available = UserAddress + 8192 })), Message(FrontEndRequest.SetVringKick, BitConverter.GetBytes(1ul), OneEvent), Message(FrontEndRequest.SetVringCall, BitConverter.GetBytes(1ul), OneEvent), Message(FrontEndRequest.SetVringErr, BitConverter.GetBytes(1ul), OneEvent), Message(FrontEndRequest.SetVringEnable, State(1, 1)), Message(FrontEndRequest.GetVringBase, State(1, 0)));
        yield return Seed("no-descriptor", Message(FrontEndRequest.SetVringCall, BitConverter.GetBytes(0x101ul)), Message(FrontEndRequest.SetVringKick, BitConverter.GetBytes(0x101ul)));
        yield return Seed("config", Message(FrontEndRequest.GetConfig, [0, 0, 0, 0, 40, 0, 0, 0, 0, 0, 0, 0, .. new byte[40]]), Message(FrontEndRequest.SetConfig, new byte[16]));
        yield return Seed("inflight", Message(FrontEndRequest.GetInflightFd, [.. new byte[16], 2, 0, 64, 0, 0, 0, 0, 0]), Message(FrontEndRequest.SetInflightFd, [0, 16, .. new byte[14], 2, 0, 64, 0, 0, 0, 0, 0], OneMemory));
        yield return Seed("channel", Message(FrontEndRequest.SetBackendReqFd, [], OneEvent), Message(FrontEndRequest.ResetDevice), Message(FrontEndRequest.ResetOwner));
    }

    // With acknowledgements, so that what is refused does not end the connection.
    private static (string Name, byte[] Input) Seed(string name, params byte[][] records) =>
        (name, [.. Message(FrontEndRequest.SetProtocolFeatures, BitConverter.GetBytes((ulong)DeviceLimits.Protocol)), .. records.SelectMany(r => r)]);

    private static byte[] Message(FrontEndRequest request, byte[]? payload = null, byte kind = 0)
    {
        payload ??= [];
        var header = new MessageHeader { Request = request, Flags = MessageHeader.Version | MessageHeader.NeedReply, Size = (uint)payload.Length };
        return Record.Encode(kind, 0, [.. Bytes(header), .. payload]);
    }

    private static byte[] Region() => Bytes(new MemoryRegionDescription { GuestAddress = 0, Size = 65536, UserAddress = UserAddress });

    private static byte[] State(uint index, uint number) => Bytes(new VringState { Index = index, Number = number });
}
