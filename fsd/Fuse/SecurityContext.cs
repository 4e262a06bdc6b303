using System;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse;

/// <summary>
/// The security context that a new inode is to have (FUSE_SECURITY_CTX): the guest's security module says which extended attribute.
/// It is set after the inode was made and before the guest hears of it; when that fails the inode goes again.
/// </summary>
internal readonly unsafe ref struct SecurityContext
{
    // XATTR_NAME_MAX with its NUL, XATTR_SIZE_MAX.
    private const int NameRoom = 256;
    private const int ValueMax = 65536;

    // In the request's scratch space: the name in the first NameRoom bytes, the value behind.
    private readonly Request? _request;
    private readonly int _length;

    private SecurityContext(Request request, int length)
    {
        _request = request;
        _length = length;
    }

    /// <summary>Whether there is one.</summary>
    public bool IsSet => _request is not null;

    /// <summary>Finds it among the extensions of a request whose arguments were all read.</summary>
    /// <param name="request">CREATE, MKDIR, MKNOD, SYMLINK or TMPFILE.</param>
    /// <param name="context">The context; none when the guest's security module gave none.</param>
    /// <returns>None, or EINVAL when the extensions are malformed.</returns>
    public static Errno Read(Request request, out SecurityContext context)
    {
        context = default;
        if (!request.Server.Session.Has(InitFlag.SecurityContext))
            return Errno.None;
        var (at, end) = request.Extensions;
        while (at < end)
        {
            if (!request.TryReadAt(at, end, out ExtensionHeader header) || header.Length < ExtensionHeader.Size || header.Length > end - at)
                return Errno.EINVAL;
            if (header.Type is > 0 and <= ExtensionHeader.MaxContexts)
                return ReadFirst(request, at + ExtensionHeader.Size, at + header.Length, out context);
            at += header.Length;
        }

        return Errno.None;
    }

    /// <summary>Sets it on a new inode.</summary>
    /// <param name="fd">A descriptor of the inode, of whatever kind.</param>
    public Errno Apply(int fd)
    {
        if (_request is null)
            return Errno.None;
        var path = stackalloc byte[ProcFd.NumberSize];
        ProcFd.Format(fd, path);
        return SysXattr.setxattr(path, _request.Scratch, _request.Scratch + NameRoom, (nuint)_length, 0) < 0
            ? LinuxException.LastErrno
            : Errno.None;
    }

    // Linux sends one; a second one, of stacked modules, would be refused by the size of the first.
    private static Errno ReadFirst(Request request, ulong at, ulong end, out SecurityContext context)
    {
        context = default;
        if (!request.TryReadAt(at, end, out SecurityContextHeader header))
            return Errno.EINVAL;
        at += SecurityContextHeader.Size;
        var room = (int)Math.Min(NameRoom, end - at);
        var name = new Span<byte>(request.Scratch, room);
        _ = request.Chain.CopyFrom(at, name);
        var length = name.IndexOf((byte)0);
        if (length <= 0 || header.ValueLength > ValueMax || header.ValueLength > end - at - (uint)length - 1)
            return Errno.EINVAL;
        if (request.Server.Xattrs is { } map)
        {
            var mapped = map.ToHost(name[..length], new Span<byte>(request.Scratch, NameRoom - 1), out var hostLength);
            if (mapped != Errno.None)
                return mapped;
            request.Scratch[hostLength] = 0;
        }

        _ = request.Chain.CopyFrom(at + (uint)length + 1, new Span<byte>(request.Scratch + NameRoom, (int)header.ValueLength));
        context = new SecurityContext(request, (int)header.ValueLength);
        return Errno.None;
    }
}
