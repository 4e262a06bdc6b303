using System;
using System.Runtime.CompilerServices;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Locks;

/// <summary>The signal that ends a thread's wait in the host's kernel: its handler does nothing, and the call returns EINTR.</summary>
internal static unsafe class WaitSignal
{
    private const int Number = Signals.SIGUSR2;
    private static readonly bool s_ready = Install();

    /// <summary>Number of the calling thread, for <see cref="Send"/>.</summary>
    public static int ThisThread()
    {
        _ = s_ready;
        return (int)SysSyscall.syscall(SysSyscall.SYS_gettid, 0, 0, 0, 0, 0, 0);
    }

    /// <summary>Ends the wait of a thread, if it is in one just now: a sender repeats it until the thread says so.</summary>
    /// <param name="thread">Its number.</param>
    public static void Send(int thread) => _ = SysSyscall.syscall(SysSyscall.SYS_tgkill, Unistd.getpid(), thread, Number, 0, 0, 0);

    // An empty managed method is nothing but a return instruction, so the kernel may call it as it is; a method for unmanaged
    // callers would wait for the collector, in a thread that may be anywhere. All signals are held back meanwhile, so that
    // the runtime does not look at the thread either. No SA_RESTART: the call is to end.
    private static bool Install()
    {
        delegate*<int, void> handler = &Nothing;
        // Where methods are compiled at their first call, this is it.
        handler(0);
        var action = new Sigaction { Handler = (nint)handler };
        new Span<byte>(action.Mask, Sigaction.MaskBytes).Fill(0xff);
        LinuxException.Check(Signals.sigaction(Number, &action, null), "sigaction");
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Nothing(int signal)
    {
    }
}
