using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.VhostUser;

/// <summary>Events of the vhost-user connection.</summary>
internal static partial class SessionLog
{
    [LoggerMessage(EventId = 20, Level = LogLevel.Debug, Message = "vhost-user message")]
    public static partial void Message(ILogger logger, string request, uint size, int fds);

    [LoggerMessage(EventId = 21, Level = LogLevel.Warning, Message = "a vhost-user message was refused")]
    public static partial void Refused(ILogger logger, string reason);
}
