using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>
/// All that the child of a raw clone(2) may call. It is a copy with one thread of a process whose runtime has several: a call that
/// lets the garbage collector in would wait for threads that are not there. So these make no transition, must not block in a process
/// that goes on, and the child does nothing else: no allocation, no other call, no return.
/// </summary>
#pragma warning disable CA1401 // This folder is the project's own interop: visible on purpose, and without a stub there is nothing else to make visible.
public static unsafe partial class CloneChild
{
    /// <summary>syscall(2).</summary>
    [LibraryImport("libc"), SuppressGCTransition]
    public static partial nint syscall(nint number, nint a, nint b, nint c, nint d, nint e, nint g);

    /// <summary>pause(2).</summary>
    [LibraryImport("libc"), SuppressGCTransition]
    public static partial int pause();
}
