using System;
using System.Buffers.Binary;

namespace KataShimNet.Bench.Starts;

/// <summary>Looks at a program's file (elf(5)).</summary>
internal static class ElfProgram
{
    private const uint Interpreter = 3;

    /// <summary>Whether a 64-bit program runs without a loader: it has no program header of type PT_INTERP.</summary>
    public static bool IsStatic(ReadOnlySpan<byte> file)
    {
        if (file.Length < 64 || !file.StartsWith("\u007fELF"u8) || file[4] != 2)
            return false;
        ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(file[0x20..]);
        int size = BinaryPrimitives.ReadUInt16LittleEndian(file[0x36..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(file[0x38..]);
        if (offset + (ulong)(size * count) > (ulong)file.Length)
            return false;
        for (int i = 0; i < count; i++)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(file[((int)offset + i * size)..]) == Interpreter)
                return false;
        }
        return true;
    }
}
