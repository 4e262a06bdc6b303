using System;
using System.Buffers.Binary;

namespace KataShimNet.Fuzz.Targets;

/// <summary>
/// A part of an input: <c>le16 length, u8 kind, u8 option, bytes</c>. An input is a row of them, so that one can lead to what the next
/// one needs; bytes that are too few are a shorter record.
/// </summary>
internal ref struct Record
{
    /// <summary>Bytes before the content.</summary>
    public const int HeaderSize = 4;

    /// <summary>What kind it is; the target says what that means.</summary>
    public byte Kind;

    /// <summary>An option of the kind.</summary>
    public byte Option;

    /// <summary>The content.</summary>
    public ReadOnlySpan<byte> Content;

    /// <summary>Takes the next record.</summary>
    /// <returns>False at the end.</returns>
    public static bool TryTake(ref ReadOnlySpan<byte> input, out Record record)
    {
        record = default;
        if (input.Length < HeaderSize)
            return false;
        var length = Math.Min(BinaryPrimitives.ReadUInt16LittleEndian(input), input.Length - HeaderSize);
        record.Kind = input[2];
        record.Option = input[3];
        record.Content = input.Slice(HeaderSize, length);
        input = input[(HeaderSize + length)..];
        return true;
    }

    /// <summary>Writes a record, for seeds.</summary>
    public static byte[] Encode(byte kind, byte option, ReadOnlySpan<byte> content)
    {
        var bytes = new byte[HeaderSize + content.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)content.Length);
        bytes[2] = kind;
        bytes[3] = option;
        content.CopyTo(bytes.AsSpan(HeaderSize));
        return bytes;
    }
}
