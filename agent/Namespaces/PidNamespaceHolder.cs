using System.Threading;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Namespaces;

/// <summary>
/// First process of a pid namespace that several containers share: while it lives, the namespace does (pid_namespaces(7)). This is the
/// agent's own program under another verb, as there is no other in the guest.
/// </summary>
internal static unsafe class PidNamespaceHolder
{
    /// <summary>Path of the program.</summary>
    public const string Program = "/sbin/init";

    /// <summary>First argument of the program.</summary>
    public const string Verb = "hold-pid-namespace";

    /// <summary>Runs until it is killed. What is left to it by others ends without a trace.</summary>
    public static int Run()
    {
        // With SIGCHLD ignored the kernel reaps what ends (sigaction(2), SA_NOCLDWAIT).
        Sigaction ignore = default;
        ignore.Handler = Signals.SIG_IGN;
        LinuxException.Check(Signals.sigaction(Signals.SIGCHLD, &ignore, null), "sigaction", "SIGCHLD");
        Thread.Sleep(Timeout.Infinite);
        return 0;
    }
}
