using System;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>Events of a sandbox's life. The logger's provider adds the sandbox's id.</summary>
internal static partial class SandboxLog
{
    [LoggerMessage(1, LogLevel.Information, "sandbox started")]
    public static partial void Started(ILogger log, string accelerator, string fsd, string qemu, string kernel, string agent, string total);

    [LoggerMessage(2, LogLevel.Error, "sandbox did not start")]
    public static partial void StartFailed(ILogger log, string reason);

    [LoggerMessage(3, LogLevel.Information, "sandbox stopped")]
    public static partial void Stopped(ILogger log);

    [LoggerMessage(4, LogLevel.Error, "sandbox ended by itself")]
    public static partial void Died(ILogger log, string reason);

    [LoggerMessage(5, LogLevel.Warning, "a step could not be undone")]
    public static partial void UndoFailed(ILogger log, string step, Exception error);

    [LoggerMessage(7, LogLevel.Warning, "QEMU says something")]
    public static partial void QemuLine(ILogger log, string line);

    [LoggerMessage(8, LogLevel.Debug, "guest console")]
    public static partial void ConsoleLine(ILogger log, string line);

    [LoggerMessage(9, LogLevel.Information, "container created")]
    public static partial void ContainerCreated(ILogger log, string container, int exports, string storage, string crun);

    [LoggerMessage(10, LogLevel.Warning, "a container could not be removed from the guest")]
    public static partial void RemoveFailed(ILogger log, string container, string reason);

    [LoggerMessage(13, LogLevel.Warning, "the guest panicked before its agent answered: it is booted once more")]
    public static partial void BootsAgain(ILogger log, string console);

    [LoggerMessage(14, LogLevel.Warning, "containers do not reach Docker's name server")]
    public static partial void NoNames(ILogger log, string reason);

    [LoggerMessage(15, LogLevel.Warning, "an annotation of the pod does not count")]
    public static partial void AnnotationIgnored(ILogger log, string annotation, string reason);

    /// <summary>A duration as the log has it: whole milliseconds.</summary>
    public static string Milliseconds(TimeSpan time) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0}ms");
}
