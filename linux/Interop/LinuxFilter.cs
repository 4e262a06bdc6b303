using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>linux/filter.h: one instruction of a classic BPF program (struct sock_filter).</summary>
/// <param name="code">Operation.</param>
/// <param name="jumpTrue">Instructions to skip when the comparison holds.</param>
/// <param name="jumpFalse">Instructions to skip when it does not.</param>
/// <param name="operand">The constant.</param>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
public readonly struct SockFilter(ushort code, byte jumpTrue, byte jumpFalse, uint operand)
{
    /// <summary>Bytes of the structure.</summary>
    public const int TotalSize = 8;

    /// <summary>Operation: BPF_ bits.</summary>
    [FieldOffset(0)] public readonly ushort Code = code;

    /// <summary>Instructions to skip when the comparison holds.</summary>
    [FieldOffset(2)] public readonly byte JumpTrue = jumpTrue;

    /// <summary>Instructions to skip when it does not.</summary>
    [FieldOffset(3)] public readonly byte JumpFalse = jumpFalse;

    /// <summary>The constant.</summary>
    [FieldOffset(4)] public readonly uint Operand = operand;
}

/// <summary>linux/filter.h: a program (struct sock_fprog).</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
public unsafe struct SockFprog
{
    /// <summary>Bytes of the structure.</summary>
    public const int TotalSize = 16;

    /// <summary>Number of instructions.</summary>
    [FieldOffset(0)] public ushort Length;

    /// <summary>The instructions.</summary>
    [FieldOffset(8)] public SockFilter* Filter;
}

/// <summary>linux/bpf_common.h: the operations that a seccomp filter is made of.</summary>
public static class LinuxFilter
{
    /// <summary>BPF_LD | BPF_W | BPF_ABS: load a word of the data.</summary>
    public const ushort LoadWord = 0x20;

    /// <summary>BPF_ALU | BPF_AND | BPF_K.</summary>
    public const ushort And = 0x54;

    /// <summary>BPF_JMP | BPF_JEQ | BPF_K.</summary>
    public const ushort JumpEqual = 0x15;

    /// <summary>BPF_JMP | BPF_JGE | BPF_K.</summary>
    public const ushort JumpGreaterOrEqual = 0x35;

    /// <summary>BPF_RET | BPF_K.</summary>
    public const ushort Return = 0x06;
}

/// <summary>linux/seccomp.h, linux/audit.h.</summary>
public static class LinuxSeccomp
{
    /// <summary>Operation: install a filter.</summary>
    public const int SECCOMP_SET_MODE_FILTER = 1;

    /// <summary>Flag: for all threads.</summary>
    public const int SECCOMP_FILTER_FLAG_TSYNC = 1;

    /// <summary>Ends the process.</summary>
    public const uint SECCOMP_RET_KILL_PROCESS = 0x80000000;

    /// <summary>Sends SIGSYS, which can be caught.</summary>
    public const uint SECCOMP_RET_TRAP = 0x00030000;

    /// <summary>Fails with the error number in the low 16 bits.</summary>
    public const uint SECCOMP_RET_ERRNO = 0x00050000;

    /// <summary>Writes to the kernel's log, and goes on.</summary>
    public const uint SECCOMP_RET_LOG = 0x7ffc0000;

    /// <summary>Goes on.</summary>
    public const uint SECCOMP_RET_ALLOW = 0x7fff0000;

    /// <summary>x86-64 and its x32 variant (AUDIT_ARCH_X86_64).</summary>
    public const uint AUDIT_ARCH_X86_64 = 0xC000003E;

    /// <summary>Set in the numbers of x32 calls (__X32_SYSCALL_BIT).</summary>
    public const uint X32_SYSCALL_BIT = 0x40000000;

    /// <summary>Offset of the call's number in struct seccomp_data.</summary>
    public const uint OffsetNumber = 0;

    /// <summary>Offset of the architecture in struct seccomp_data.</summary>
    public const uint OffsetArchitecture = 4;

    /// <summary>Offset of the first argument in struct seccomp_data; each has 8 bytes, the low half first.</summary>
    public const uint OffsetArguments = 16;
}
