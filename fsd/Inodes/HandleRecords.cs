using System;
using System.Runtime.CompilerServices;
using System.Threading;
using KataShimNet.Fsd.State;

namespace KataShimNet.Fsd.Inodes;

/// <summary>
/// File handles in the records of a shard. One of up to 12 bytes is in the inode's own record; of a longer one 8 bytes are there and
/// the number of a record that has the rest. Such a record is never live, and taken for as long as the inode's. Used under the shard's lock.
/// </summary>
/// <remarks>
/// <code>
/// record with the rest:   0  0, as of a record that is not live    8  28 bytes    36  next such record
/// </code>
/// </remarks>
internal static unsafe class HandleRecords
{
    private const int Head = 8;
    private const int PartOffset = 8;
    private const int PartLength = 28;
    private const int NextOffset = PartOffset + PartLength;

    /// <summary>Gives an inode its file handle, when it has none.</summary>
    /// <returns>False when the shard is full.</returns>
    public static bool TryPut(SlotShard<InodeSlot> slots, int index, FileHandle* handle)
    {
        var slot = slots.At(index);
        if (slot->HandleLength != 0)
            return true;
        var bytes = FileHandle.BytesOf(handle);
        var own = new Span<byte>((byte*)slot + InodeSlot.HandleOffset, InodeSlot.InlineHandle);
        if (bytes.Length <= InodeSlot.InlineHandle)
        {
            bytes.CopyTo(own);
        }
        else
        {
            bytes[..Head].CopyTo(own);
            if (!TryPutRest(slots, (byte*)slot + InodeSlot.HandleOffset + Head, bytes[Head..]))
                return false;
        }

        slot->HandleType = (byte)handle->Type;
        // Last: with a length the handle counts.
        Volatile.Write(ref slot->HandleLength, (byte)bytes.Length);
        return true;
    }

    /// <summary>Reads the file handle of an inode that has one.</summary>
    public static void Get(SlotShard<InodeSlot> slots, int index, FileHandle* handle)
    {
        var slot = slots.At(index);
        var length = Math.Min((int)slot->HandleLength, FileHandle.MaxLength);
        handle->Length = (uint)length;
        handle->Type = slot->HandleType;
        var head = length <= InodeSlot.InlineHandle ? length : Head;
        new ReadOnlySpan<byte>((byte*)slot + InodeSlot.HandleOffset, head).CopyTo(new Span<byte>(handle->Data, head));
        var next = head < length ? NextOf((byte*)slot + InodeSlot.HandleOffset + Head) : -1;
        for (var at = head; at < length; at += PartLength)
        {
            var part = (byte*)slots.At(next);
            var count = Math.Min(PartLength, length - at);
            new ReadOnlySpan<byte>(part + PartOffset, count).CopyTo(new Span<byte>(handle->Data + at, count));
            next = NextOf(part + NextOffset);
        }
    }

    /// <summary>Whether an inode's file handle is this one.</summary>
    public static bool Equal(SlotShard<InodeSlot> slots, int index, FileHandle* other)
    {
        FileHandle own;
        Get(slots, index, &own);
        return own.Type == other->Type && FileHandle.BytesOf(&own).SequenceEqual(FileHandle.BytesOf(other));
    }

    /// <summary>Gives the records back that have the rest of an inode's file handle, and then its own.</summary>
    /// <param name="slots">The records.</param>
    /// <param name="index">The inode's.</param>
    /// <param name="chunks">Receives chunks whose memory may go: room for <see cref="MostRecords"/>.</param>
    /// <returns>Number of such chunks.</returns>
    public static int Return(SlotShard<InodeSlot> slots, int index, Span<int> chunks)
    {
        var slot = slots.At(index);
        var count = 0;
        var next = slot->HandleLength > InodeSlot.InlineHandle ? NextOf((byte*)slot + InodeSlot.HandleOffset + Head) : -1;
        for (var left = slot->HandleLength - Head; next >= 0 && left > 0; left -= PartLength)
        {
            var record = next;
            next = NextOf((byte*)slots.At(record) + NextOffset);
            count = Return(slots, record, chunks, count);
        }

        slot->HandleLength = 0;
        return Return(slots, index, chunks, count);
    }

    /// <summary>Most records of one inode.</summary>
    public const int MostRecords = 1 + ((FileHandle.MaxLength - Head + PartLength - 1) / PartLength);

    /// <summary>Takes the records that have the rest of an inode's file handle, in a table that another process filled.</summary>
    /// <returns>False when they make no sense.</returns>
    public static bool TryClaim(SlotShard<InodeSlot> slots, int index)
    {
        var slot = slots.At(index);
        if (slot->HandleLength > FileHandle.MaxLength)
            return false;
        if (slot->HandleLength <= InodeSlot.InlineHandle)
            return true;
        var next = NextOf((byte*)slot + InodeSlot.HandleOffset + Head);
        for (var left = slot->HandleLength - Head; left > 0; left -= PartLength)
        {
            if (next < 0 || next >= slots.Used || slots.IsTaken(next) || slots.At(next)->IsLive)
                return false;
            slots.Claim(next);
            next = NextOf((byte*)slots.At(next) + NextOffset);
        }

        return true;
    }

    private static bool TryPutRest(SlotShard<InodeSlot> slots, byte* link, ReadOnlySpan<byte> rest)
    {
        var first = link;
        Unsafe.WriteUnaligned(first, 0);
        while (rest.Length > 0)
        {
            var record = slots.Take();
            if (record < 0)
            {
                for (var next = NextOf(first); next >= 0;)
                {
                    var taken = next;
                    next = NextOf((byte*)slots.At(taken) + NextOffset);
                    var chunk = slots.Return(taken);
                    if (chunk >= 0)
                        slots.Reopen(chunk);
                }

                return false;
            }

            var part = (byte*)slots.At(record);
            Unsafe.WriteUnaligned(part, 0ul);
            var count = Math.Min(PartLength, rest.Length);
            rest[..count].CopyTo(new Span<byte>(part + PartOffset, count));
            rest = rest[count..];
            Unsafe.WriteUnaligned(part + NextOffset, 0);
            Unsafe.WriteUnaligned(link, record + 1);
            link = part + NextOffset;
        }

        return true;
    }

    private static int Return(SlotShard<InodeSlot> slots, int index, Span<int> chunks, int count)
    {
        var chunk = slots.Return(index);
        if (chunk >= 0)
            chunks[count++] = chunk;
        return count;
    }

    private static int NextOf(byte* link) => Unsafe.ReadUnaligned<int>(link) - 1;
}
