using System;
using System.Globalization;
using System.IO;

namespace KataShimNet.Agent.Processes;

/// <summary>What a process does with signals, as /proc/PID/status says (proc_pid_status(5)).</summary>
/// <param name="Caught">Signals with a handler: bit n-1 for signal n.</param>
/// <param name="Ignored">Signals that are ignored.</param>
/// <param name="IsFirst">Whether it is process 1 of its pid namespace, which no signal ends that it has no handler for (pid_namespaces(7)).</param>
internal readonly record struct SignalMasks(ulong Caught, ulong Ignored, bool IsFirst)
{
    /// <summary>Whether a signal would be lost on the process without its having asked for that.</summary>
    /// <param name="signal">1 to 64.</param>
    public bool Loses(int signal) => IsFirst && ((Caught | Ignored) >> (signal - 1) & 1) == 0;

    /// <summary>Reads those of a process; of one that is gone, nothing is known and nothing lost.</summary>
    /// <param name="pid">Its number.</param>
    public static SignalMasks Of(int pid)
    {
        try
        {
            return Parse(File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/status")));
        }
        catch (IOException)
        {
            return default;
        }
    }

    /// <summary>Reads the text of a status file.</summary>
    /// <param name="status">The text.</param>
    public static SignalMasks Parse(string status)
    {
        var masks = default(SignalMasks);
        foreach (var line in status.AsSpan().EnumerateLines())
        {
            if (line.StartsWith("SigCgt:", StringComparison.Ordinal))
                masks = masks with { Caught = Hex(line) };
            else if (line.StartsWith("SigIgn:", StringComparison.Ordinal))
                masks = masks with { Ignored = Hex(line) };
            else if (line.StartsWith("NSpid:", StringComparison.Ordinal))
                masks = masks with { IsFirst = line.EndsWith("\t1", StringComparison.Ordinal) };
        }

        return masks;
    }

    private static ulong Hex(ReadOnlySpan<char> line) => ulong.Parse(line[(line.IndexOf(':') + 1)..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
