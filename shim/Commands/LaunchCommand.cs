using System;
using System.Collections.Generic;
using System.Globalization;
using System.Runtime.InteropServices;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.Shim.Qemu.Isolation;

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

    // Whom the program runs as.
    private const string UserOption = "--user";

    /// <summary>Exit status when the program cannot be executed, as env(1) has it.</summary>
    public const int CannotExecute = 126;

    /// <summary>Exit status when the shim died before the signal was set.</summary>
    public const int Orphaned = 125;

    /// <summary>The argument list that starts <paramref name="command"/> through this verb.</summary>
    /// <param name="self">Path of the shim, which becomes the first argument.</param>
    /// <param name="parent">Process id of the shim.</param>
    /// <param name="command">Program, absolute, and its arguments.</param>
    /// <param name="user">Whom it runs as; null for root.</param>
    public static IReadOnlyList<string> Arguments(string self, int parent, IReadOnlyList<string> command, ProcessUser? user = null) =>
        [self, Verb, parent.ToString(CultureInfo.InvariantCulture), .. user is null ? (string[])[] : [UserOption, user.ToString()], "--", .. command];

    /// <summary>Runs the verb. Returns only when it fails; the reason is on standard error.</summary>
    /// <param name="arguments">What follows the verb: the shim's pid, options, <c>--</c>, the program and its arguments.</param>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        var end = arguments.IndexOf("--");
        if (end < 1 || end + 1 >= arguments.Length || !int.TryParse(arguments[0], CultureInfo.InvariantCulture, out var parent))
            return Fail("launch is an internal verb: launch PARENT [--user UID:GID] -- PROGRAM [ARGUMENT…]", CannotExecute);
        try
        {
            for (var i = 1; i < end; i += 2)
                Apply(arguments[i], arguments[i + 1]);
        }
        catch (Exception e) when (e is LinuxException or ArgumentException)
        {
            return Fail(e.Message, CannotExecute);
        }

        // After the change of user, which forgets the signal.
        if (SysPrctl.prctl(SysPrctl.PR_SET_PDEATHSIG, Signals.SIGKILL, 0, 0, 0) != 0)
            return Fail(new LinuxException(LinuxException.LastErrno, "prctl", "PR_SET_PDEATHSIG").Message, CannotExecute);
        // The signal comes only for a death after the call above.
        if (Unistd.getppid() != parent)
            return Fail("the shim is gone", Orphaned);
        return Execute(arguments[(end + 1)..]);
    }

    private static void Apply(string option, string value)
    {
        if (option != UserOption || ProcessUser.Parse(value) is not { } user)
            throw new ArgumentException($"launch: {option} {value} is not known here");
        user.Become();
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
