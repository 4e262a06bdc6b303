namespace KataShimNet.RuntimeConfig.Options;

/// <summary>How QEMU reads and writes a block device.</summary>
public enum BlockAio
{
    /// <summary>A pool of threads; works everywhere.</summary>
    Threads,
    /// <summary>Linux AIO; needs <c>block_cache: none</c>.</summary>
    Native,
    /// <summary>io_uring, where the host's kernel and QEMU have it.</summary>
    IoUring,
}
