using System;
using KataShimNet.VhostFrontEnd.Wire;

namespace KataShimNet.VhostFrontEnd.Fuse;

/// <summary>ioctl(2).</summary>
public sealed partial record FuseClient
{
    /// <summary>A restricted IOCTL, as Linux sends it.</summary>
    /// <param name="node">The file.</param>
    /// <param name="fh">Its handle.</param>
    /// <param name="command">Number of the request.</param>
    /// <param name="data">What the caller gives.</param>
    /// <param name="room">Bytes that it wants.</param>
    /// <param name="directory">Whether the handle is a directory's.</param>
    /// <returns>What came back.</returns>
    public FuseResult<byte[]> Ioctl(ulong node, ulong fh, uint command, ReadOnlySpan<byte> data, int room, bool directory = false)
    {
        var arguments = new WireWriter().U64(fh).U32(directory ? 16u : 0).U32(command).U64(0).U32((uint)data.Length).U32((uint)room).Bytes(data);
        return Call(FuseOpcode.Ioctl, node, arguments.ToArray(), 16 + room, (ref WireReader reader) =>
        {
            var (result, flags, _, _) = (reader.U32(), reader.U32(), reader.U32(), reader.U32());
            return result == 0 && flags == 0
                ? reader.Bytes(reader.Rest.Length).ToArray()
                : throw new FrontEndException($"IOCTL answers result {result}, flags {flags}");
        });
    }
}
