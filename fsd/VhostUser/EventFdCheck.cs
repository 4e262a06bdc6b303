using System;
using System.Globalization;
using System.Text;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.VhostUser;

/// <summary>Tells eventfds from other files, which could be readable for ever and keep a queue's thread busy for nothing.</summary>
internal static unsafe class EventFdCheck
{
    /// <summary>Whether a descriptor is an eventfd (proc(5): its link in /proc/self/fd says so).</summary>
    /// <param name="fd">The descriptor.</param>
    public static bool IsEventFd(OwnedFd fd)
    {
        var path = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{fd.Fd}\0"));
        var target = stackalloc byte[32];
        nint length;
        fixed (byte* p = path)
            length = Unistd.readlinkat(Fcntl.AT_FDCWD, p, target, 32);
        return length > 0 && new ReadOnlySpan<byte>(target, (int)length).SequenceEqual("anon_inode:[eventfd]"u8);
    }
}
