using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>struct __user_cap_header_struct (linux/capability.h): whose capabilities capget(2) and capset(2) are about.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
public struct CapabilityHeader
{
    /// <summary>Bytes of the structure.</summary>
    public const int TotalSize = 8;

    /// <summary>_LINUX_CAPABILITY_VERSION_3: sets of 64 bits, in two halves.</summary>
    private const uint Version3 = 0x20080522;

    [FieldOffset(0)] private uint _version;

    /// <summary>The thread; 0 is the calling one.</summary>
    [FieldOffset(4)] public int Pid;

    /// <summary>The calling thread's, in version 3.</summary>
    public static CapabilityHeader Self => new() { _version = Version3 };
}

/// <summary>struct __user_cap_data_struct[2] (linux/capability.h), as version 3 has it.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
public struct CapabilityData
{
    /// <summary>Bytes of the structure.</summary>
    public const int TotalSize = 24;

    /// <summary>What is in force, capabilities 0 to 31.</summary>
    [FieldOffset(0)] public uint EffectiveLow;

    /// <summary>What may be put in force, 0 to 31.</summary>
    [FieldOffset(4)] public uint PermittedLow;

    /// <summary>What execve(2) may keep, 0 to 31.</summary>
    [FieldOffset(8)] public uint InheritableLow;

    /// <summary>What is in force, from 32.</summary>
    [FieldOffset(12)] public uint EffectiveHigh;

    /// <summary>What may be put in force, from 32.</summary>
    [FieldOffset(16)] public uint PermittedHigh;

    /// <summary>What execve(2) may keep, from 32.</summary>
    [FieldOffset(20)] public uint InheritableHigh;
}
