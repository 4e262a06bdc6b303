using KataShimNet.Linux;

namespace KataShimNet.VhostFrontEnd.Fuse;

/// <summary>Outcome of a call: an error number, or an answer.</summary>
/// <param name="Errno">0 is success.</param>
/// <param name="Answer">The answer of a call that succeeded.</param>
/// <param name="Call">What was called, for messages.</param>
public readonly record struct FuseResult<T>(Errno Errno, T? Answer, string Call)
{
    /// <summary>The answer.</summary>
    /// <exception cref="LinuxException">The call failed.</exception>
    public T Value => Errno == Errno.None ? Answer! : throw new LinuxException(Errno, Call);
}

/// <summary>A reply as it came: checked header, and the bytes behind it.</summary>
/// <param name="Errno">0 is success.</param>
/// <param name="Data">What follows struct fuse_out_header.</param>
/// <param name="Written">Bytes that the used element claims; 0 when there was no reply.</param>
public sealed record FuseReply(Errno Errno, byte[] Data, uint Written);

/// <summary>A used buffer as it came, unchecked.</summary>
/// <param name="Written">Bytes that the used element claims.</param>
/// <param name="Bytes">The whole writable part.</param>
public sealed record RawReply(uint Written, byte[] Bytes)
{
    /// <summary>The error field of struct fuse_out_header as an error number, when a header was written.</summary>
    public Errno? Errno => Written >= 16 ? (Errno)(-System.BitConverter.ToInt32(Bytes, 4)) : null;
}
