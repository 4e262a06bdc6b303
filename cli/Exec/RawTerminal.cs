using System;
using System.Diagnostics;

namespace KataShimNet.Cli.Exec;

/// <summary>Our own terminal handed through to the process: no echo, no line editing, until this is disposed. By stty(1).</summary>
internal sealed class RawTerminal : IDisposable
{
    private readonly string _before = Stty("-g");

    /// <summary>Switches it.</summary>
    public RawTerminal() => Stty("raw", "-echo");

    /// <summary>Puts it back as it was.</summary>
    public void Dispose() => Stty(_before);

    private static string Stty(params string[] words)
    {
        using Process process = Process.Start(new ProcessStartInfo("stty", words) { RedirectStandardOutput = true })!;
        string text = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0 ? text : throw new CliException("stty failed: run this in a terminal, or without --tty");
    }
}
