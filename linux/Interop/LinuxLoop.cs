namespace KataShimNet.Linux.Interop;

/// <summary>linux/loop.h.</summary>
public static class LinuxLoop
{
    /// <summary>loop-control: number of a free device, which is made when there is none.</summary>
    public const nuint LOOP_CTL_GET_FREE = 0x4C82;

    /// <summary>Attach a file: struct loop_config (Linux 5.8).</summary>
    public const nuint LOOP_CONFIGURE = 0x4C0A;

    /// <summary>The device cannot be written.</summary>
    public const uint LO_FLAGS_READ_ONLY = 1;

    /// <summary>The file is let go of when nobody uses the device any longer.</summary>
    public const uint LO_FLAGS_AUTOCLEAR = 4;

    /// <summary>Past the page cache of the file's own file system.</summary>
    public const uint LO_FLAGS_DIRECT_IO = 16;
}
