using System;
using System.Runtime.ExceptionServices;
using System.Threading;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Linux;

/// <summary>A mount namespace for one piece of work: what it mounts is seen nowhere else, and goes with it unless a descriptor keeps it.</summary>
public static class PrivateMountNamespace
{
    /// <summary>Runs something in a new copy of the caller's mount namespace, and waits for it.</summary>
    /// <typeparam name="T">What it returns.</typeparam>
    /// <param name="propagation">MS_PRIVATE, or MS_SLAVE for one that gets what is mounted outside later.</param>
    /// <param name="work">What to run. Its exceptions are the caller's.</param>
    /// <exception cref="LinuxException">CAP_SYS_ADMIN is missing.</exception>
    public static T Run<T>(nuint propagation, Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        T result = default!;
        ExceptionDispatchInfo? error = null;
        // A thread that ends with its namespace: none of ours may ever be in another one.
        var thread = new Thread(() =>
        {
            try
            {
                LinuxException.Check(Sched.unshare(Sched.CLONE_FS | Sched.CLONE_NEWNS), "unshare", "mount namespace");
                LinuxException.Check(SysMount.mount(null, "/", null, SysMount.MS_REC | propagation, null), "mount", "propagation of /");
                result = work();
            }
            catch (Exception e)
            {
                error = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        error?.Throw();
        return result;
    }
}
