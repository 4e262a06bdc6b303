using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Coherency.Guard;

/// <summary>Events of the guard.</summary>
internal static partial class GuardLog
{
    [LoggerMessage(EventId = 125, Level = LogLevel.Warning, Message = "no guard: a process of the host that cuts a file which a guest maps ends that guest")]
    public static partial void Unavailable(ILogger logger, string reason);

    [LoggerMessage(EventId = 126, Level = LogLevel.Warning, Message = "files are mapped on a file system that cannot be guarded (it takes ext4, xfs or btrfs, and Linux 6.14): a process of the host that cuts one of them ends the guest")]
    public static partial void Unguarded(ILogger logger);

    [LoggerMessage(EventId = 127, Level = LogLevel.Debug, Message = "a process of the host cuts a file that guests map")]
    public static partial void CutByHost(ILogger logger, ulong inode, long end);

    [LoggerMessage(EventId = 128, Level = LogLevel.Error, Message = "a process of the host was refused to cut a file: it could not be taken from a guest that maps it")]
    public static partial void Refused(ILogger logger, ulong inode, string error);
}
