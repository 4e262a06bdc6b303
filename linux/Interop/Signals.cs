using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>signal.h.</summary>
public static unsafe partial class Signals
{
    /// <summary>In place of a handler: the signal is ignored.</summary>
    public const nint SIG_IGN = 1;

    /// <summary>Hang-up.</summary>
    public const int SIGHUP = 1;

    /// <summary>Interrupt.</summary>
    public const int SIGINT = 2;

    /// <summary>Kill; cannot be caught.</summary>
    public const int SIGKILL = 9;

    /// <summary>Of no meaning of its own.</summary>
    public const int SIGUSR2 = 12;

    /// <summary>Broken pipe.</summary>
    public const int SIGPIPE = 13;

    /// <summary>Terminate.</summary>
    public const int SIGTERM = 15;

    /// <summary>A child changed state.</summary>
    public const int SIGCHLD = 17;

    /// <summary>A stopped process goes on.</summary>
    public const int SIGCONT = 18;

    /// <summary>Stops a process; cannot be caught.</summary>
    public const int SIGSTOP = 19;

    /// <summary>kill(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int kill(int pid, int signal);

    /// <summary>sigaction(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int sigaction(int signal, Sigaction* action, Sigaction* old);
}
