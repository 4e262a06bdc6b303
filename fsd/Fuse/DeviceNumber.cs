namespace KataShimNet.Fsd.Fuse;

/// <summary>Device numbers: the 32 bits that FUSE carries (the kernel's new_encode_dev) and the 64 bits of the C library's dev_t.</summary>
internal static class DeviceNumber
{
    /// <summary>The 32-bit form.</summary>
    public static uint Encode(uint major, uint minor) => (minor & 0xff) | (major << 8) | ((minor & ~0xffu) << 12);

    /// <summary>The C library's form of a 32-bit one.</summary>
    public static ulong ToDevT(uint encoded)
    {
        var major = (encoded >> 8) & 0xfff;
        var minor = (encoded & 0xff) | ((encoded >> 12) & 0xfff00);
        return (major << 8) | (minor & 0xff) | ((ulong)(minor & ~0xffu) << 12);
    }
}
