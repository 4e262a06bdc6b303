using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Runtime.InteropServices;

namespace KataShimNet.Linux;

/// <summary>A system call that failed: which one, on what, and the error number.</summary>
public sealed class LinuxException : IOException
{
    /// <summary>Describes a failed call.</summary>
    /// <param name="errno">The error number, read directly after the call.</param>
    /// <param name="call">Name of the call, such as <c>openat</c>.</param>
    /// <param name="subject">What it was applied to (a path, an option), or null.</param>
    public LinuxException(Errno errno, string call, string? subject = null)
        : base(subject is null
            ? $"{call}: {Marshal.GetPInvokeErrorMessage((int)errno)}"
            : $"{call} {subject}: {Marshal.GetPInvokeErrorMessage((int)errno)}")
    {
        Errno = errno;
        Call = call;
        Subject = subject;
    }

    /// <summary>The error number.</summary>
    public Errno Errno { get; }

    /// <summary>The call that failed.</summary>
    public string Call { get; }

    /// <summary>What the call was applied to, if that is known.</summary>
    public string? Subject { get; }

    /// <summary>The error of the P/Invoke made last on this thread. To be read before anything else is called.</summary>
    public static Errno LastErrno => (Errno)Marshal.GetLastPInvokeError();

    /// <summary>Throws for the P/Invoke made last on this thread.</summary>
    /// <param name="call">Name of the call.</param>
    /// <param name="subject">What it was applied to, or null.</param>
    [DoesNotReturn]
    public static void ThrowLast(string call, string? subject = null) => throw new LinuxException(LastErrno, call, subject);

    /// <summary>Throws when <paramref name="result"/> is negative, otherwise returns it.</summary>
    /// <param name="result">What the call returned: −1 is failure.</param>
    /// <param name="call">Name of the call.</param>
    /// <param name="subject">What it was applied to, or null.</param>
    public static int Check(int result, string call, string? subject = null)
    {
        if (result < 0)
            ThrowLast(call, subject);
        return result;
    }

    /// <summary>Throws when <paramref name="result"/> is negative, otherwise returns it.</summary>
    /// <param name="result">What the call returned: −1 is failure.</param>
    /// <param name="call">Name of the call.</param>
    /// <param name="subject">What it was applied to, or null.</param>
    public static nint Check(nint result, string call, string? subject = null)
    {
        if (result < 0)
            ThrowLast(call, subject);
        return result;
    }
}
