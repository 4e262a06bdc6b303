using System;
using System.CommandLine;
using System.IO;
using System.Runtime.InteropServices;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Cli.Commands;

/// <summary><c>katanet monitor</c>: becomes the program katanet-monitor, which brings an HTTP server with it that nobody else needs.</summary>
internal static class MonitorCommand
{
    /// <summary>The word.</summary>
    public const string Verb = "monitor";

    /// <summary>For the list of commands; its own words never get here.</summary>
    public static Command Create() => new(Verb, "serve the numbers of all sandboxes to Prometheus, and a gRPC service about them (katanet monitor --help)");

    /// <summary>Becomes the program; returns only when it cannot.</summary>
    /// <param name="arguments">Its words.</param>
    /// <param name="errors">Told why it cannot.</param>
    public static unsafe int Become(ReadOnlySpan<string> arguments, TextWriter errors)
    {
        string program = Path.Combine(Path.GetDirectoryName(Environment.ProcessPath)!, "katanet-monitor");
        // Never freed: execv replaces this process, and a failure ends it.
        var argv = (byte**)Marshal.AllocCoTaskMem((arguments.Length + 2) * sizeof(nint));
        argv[0] = (byte*)Marshal.StringToCoTaskMemUTF8(program);
        for (int i = 0; i < arguments.Length; i++)
            argv[i + 1] = (byte*)Marshal.StringToCoTaskMemUTF8(arguments[i]);
        argv[arguments.Length + 1] = null;
        _ = Unistd.execv(argv[0], argv);
        Errno errno = LinuxException.LastErrno;
        errors.WriteLine($"katanet: {program} cannot be started: {Marshal.GetPInvokeErrorMessage((int)errno)}");
        return 1;
    }
}
