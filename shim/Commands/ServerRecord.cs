using System;
using System.IO;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Commands;

/// <summary>What a server leaves in its state folder about itself: file <c>shim.pid</c>, its process id and start time.</summary>
internal static partial class ServerRecord
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "shim.pid";

    /// <summary>Writes it for this process: <c>PID STARTTIME</c>, the start time as in field 22 of /proc/PID/stat (proc(5)).</summary>
    /// <param name="folder">The state folder.</param>
    public static void Write(string folder)
    {
        var stat = File.ReadAllText("/proc/self/stat");
        // The name in field 2 may contain anything, but no later field contains a parenthesis.
        var start = stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19];
        File.WriteAllText(Path.Combine(folder, FileName), $"{Environment.ProcessId} {start}\n");
    }

    /// <summary>Removes the state folder, as the last act.</summary>
    /// <param name="folder">The state folder.</param>
    /// <param name="log">Gets a line when it cannot be removed.</param>
    public static void RemoveFolder(string folder, ILogger log)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // The sandbox, or a delete that runs beside us, was first.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotRemoved(log, folder, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "state folder {folder} cannot be removed: {reason}")]
    private static partial void LogNotRemoved(ILogger log, string folder, string reason);
}
