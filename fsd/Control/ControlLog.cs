using KataShimNet.AgentProto.FsdControl;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Control;

/// <summary>Events of the control socket.</summary>
internal static partial class ControlLog
{
    [LoggerMessage(EventId = 80, Level = LogLevel.Information, Message = "export added")]
    public static partial void Added(ILogger logger, string export, CoherencyClass coherency, bool readOnly);

    [LoggerMessage(EventId = 81, Level = LogLevel.Information, Message = "export removed")]
    public static partial void Removed(ILogger logger, string export);

    [LoggerMessage(EventId = 82, Level = LogLevel.Warning, Message = "a control request was refused")]
    public static partial void Refused(ILogger logger, string reason);

    [LoggerMessage(EventId = 83, Level = LogLevel.Error, Message = "the control socket broke")]
    public static partial void Broken(ILogger logger, string reason);
}
