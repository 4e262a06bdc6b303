using System;
using System.Buffers.Binary;
using System.Text;

namespace KataShimNet.Fsd.VhostUser;

/// <summary>The configuration space of a file-system device (virtio 1.3, section 5.11.4): char tag[36], le32 num_request_queues.</summary>
internal sealed class DeviceConfig
{
    /// <summary>Bytes of the space.</summary>
    public const int TotalSize = 40;

    /// <summary>Most bytes of a tag.</summary>
    public const int MaxTag = 36;

    private readonly byte[] _space = new byte[TotalSize];

    /// <summary>Makes a configuration space.</summary>
    /// <param name="tag">Name by which the guest mounts: 1 to 36 bytes in UTF-8.</param>
    /// <param name="requestQueues">Number of request queues.</param>
    public DeviceConfig(string tag, uint requestQueues)
    {
        Encoding.UTF8.GetBytes(tag, _space.AsSpan(0, MaxTag));
        BinaryPrimitives.WriteUInt32LittleEndian(_space.AsSpan(MaxTag), requestQueues);
    }

    /// <summary>Reads a part; what lies behind the space reads as 0.</summary>
    /// <param name="offset">First byte.</param>
    /// <param name="target">Receives the bytes.</param>
    public void Read(uint offset, Span<byte> target)
    {
        target.Clear();
        if (offset < TotalSize)
        {
            var count = Math.Min(target.Length, TotalSize - (int)offset);
            _space.AsSpan((int)offset, count).CopyTo(target);
        }
    }
}
