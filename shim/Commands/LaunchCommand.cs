using System;
using System.Collections.Generic;
using System.Globalization;
using System.Runtime.InteropServices;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Shim.Commands;

/// <summary>
/// The internal verb <c>launch</c>: becomes another program that dies with the shim. posix_spawn(3) cannot set a parent-death signal,
/// so the shim starts itself with this verb, which sets it and then executes the program.
/// </summary>
/// <remarks>The program's dispatch calls it before anything else: no logger, no thread, no descriptor is made in this process.</remarks>
internal static unsafe class LaunchCommand
{
    /// <summary>First argument of the program.</summary>
    public const string Verb = "launch";

    /// <summary>Exit status when the program cannot be executed, as env(1) has it.</summary>
    public const int CannotExecute = 126;

    /// <summary>Exit status when the shim died before the signal was set.</summary>
    public const int Orphaned = 125;

    /// <summary>The argument list that starts <paramref name="command"/> through this verb.</summary>
    /// <param name="self">Path of the shim, which becomes the first argument.</param>
    /// <param name="parent">Process id of the shim.</param>
    /// <param name="command">Program, absolute, and its arguments.</param>
    public static IReadOnlyList<string> Arguments(string self, int parent, IReadOnlyList<string> command) =>
        [self, Verb, parent.ToString(CultureInfo.InvariantCulture), "--", .. command];

    /// <summary>Runs the verb. Returns only when it fails; the reason is on standard error.</summary>
    /// <param name="arguments">What follows the verb: the shim's pid, <c>--</c>, the program and its arguments.</param>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        if (arguments.Length < 3 || arguments[1] != "--" || !int.TryParse(arguments[0], CultureInfo.InvariantCulture, out var parent))
            return Fail("launch is an internal verb: launch PARENT -- PROGRAM [ARGUMENT…]", CannotExecute);
        if (SysPrctl.prctl(SysPrctl.PR_SET_PDEATHSIG, Signals.SIGKILL, 0, 0, 0) != 0)
            return Fail(new LinuxException(LinuxException.LastErrno, "prctl", "PR_SET_PDEATHSIG").Message, CannotExecute);
        // The signal comes only for a death after the call above.
        if (Unistd.getppid() != parent)
            return Fail("the shim is gone", Orphaned);
        return Execute(arguments[2..]);
    }

    private static int Execute(ReadOnlySpan<string> command)
    {
        // Never freed: execve replaces this process, and a failure ends it.
        var argv = (byte**)Marshal.AllocCoTaskMem((command.Length + 1) * sizeof(nint));
        for (var i = 0; i < command.Length; i++)
            argv[i] = (byte*)Marshal.StringToCoTaskMemUTF8(command[i]);
        argv[command.Length] = null;
        _ = Unistd.execv(argv[0], argv);
        return Fail(new LinuxException(LinuxException.LastErrno, "execv", command[0]).Message, CannotExecute);
    }

    private static int Fail(string message, int status)
    {
        Console.Error.WriteLine(message);
        return status;
    }
}
