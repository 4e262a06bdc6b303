using System;

namespace KataShimNet.Cli.Logs;

/// <summary>Whose lines of a sandbox's log are wanted.</summary>
[Flags]
internal enum LogSource
{
    /// <summary>Nobody's.</summary>
    None = 0,
    /// <summary>The shim's own, with what QEMU complains of.</summary>
    Shim = 1,
    /// <summary>The file daemon's.</summary>
    Fsd = 2,
    /// <summary>What the guest's kernel and others write to the console.</summary>
    Console = 4,
    /// <summary>The agent's, which come over the console.</summary>
    Agent = 8,
    /// <summary>All.</summary>
    All = Shim | Fsd | Console | Agent,
}

/// <summary>Tells whose a line of the sandbox's log is.</summary>
internal static class LogLine
{
    private const string ConsoleMark = " msg=\"guest console\" line=";

    /// <summary>Whose a line is.</summary>
    public static LogSource SourceOf(string line)
    {
        int mark = line.IndexOf(ConsoleMark, StringComparison.Ordinal);
        if (mark < 0)
            return line.Contains(" process=keeper", StringComparison.Ordinal) || line.Contains(" process=worker", StringComparison.Ordinal) ? LogSource.Fsd : LogSource.Shim;
        // The agent writes logfmt; the kernel does not.
        return line.AsSpan(mark + ConsoleMark.Length).TrimStart('"').StartsWith("time=") ? LogSource.Agent : LogSource.Console;
    }
}
