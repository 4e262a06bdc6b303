using System;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse;

/// <summary>
/// File system ids and capabilities of a queue thread. What makes an inode runs with the caller's ids, so that the file is the
/// caller's from its first moment, set-group-id directories and quotas included: a chown afterwards would be neither atomic nor
/// right. The guest's kernel has checked permissions (default_permissions) with what only it knows, supplementary groups and the
/// guest's capabilities; so the thread keeps CAP_DAC_OVERRIDE, and CAP_MKNOD for device nodes, while it has the caller's ids.
/// Everything else runs as root.
/// </summary>
/// <remarks>System calls made directly: the C library has no wrappers for capset, and its setfsuid concerns this thread alone.</remarks>
internal sealed unsafe class ThreadCredentials
{
    private const uint DacOverride = 1u << 1;
    private const uint Fsetid = 1u << 4;
    private const uint Mknod = 1u << 27;
    // CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, FSETID, LINUX_IMMUTABLE, MKNOD: what leaves with file system id 0.
    private const uint FileSystemSet = 0x1f | (1u << 9) | Mknod;
    private const uint SetIds = (1u << 6) | (1u << 7);

    private readonly CapabilityData _base;
    private readonly bool _canSwitch;
    private uint _umask;

    /// <summary>Reads the capabilities of the calling thread, for which the object is.</summary>
    /// <exception cref="LinuxException">capget failed.</exception>
    public ThreadCredentials()
    {
        var header = CapabilityHeader.Self;
        CapabilityData data;
        LinuxException.Check(SysSyscall.syscall(SysSyscall.SYS_capget, (nint)(&header), (nint)(&data), 0, 0, 0, 0), "capget");
        _base = data;
        // Without them (a daemon that was started by a user) all files are that user's.
        _canSwitch = (data.EffectiveLow & SetIds) == SetIds;
    }

    /// <summary>Takes the caller's ids on.</summary>
    /// <param name="uid">File system user id.</param>
    /// <param name="gid">File system group id.</param>
    /// <param name="keepsFsetid">
    /// The guest's kernel has taken the set-group-id bit away already where the caller is no member of the directory's group: it alone
    /// knows supplementary groups. Kernels that know FUSE_CREATE_SUPP_GROUP do.
    /// </param>
    /// <param name="error">EPERM when the ids cannot be had (not mapped in this user namespace).</param>
    /// <returns>To be disposed of when the file is made.</returns>
    public Scope Become(uint uid, uint gid, bool keepsFsetid, out Errno error)
    {
        error = Errno.None;
        if (!_canSwitch || (uid == 0 && gid == 0))
            return default;
        if (uid == uint.MaxValue || gid == uint.MaxValue)
        {
            error = Errno.EINVAL;
            return default;
        }

        _ = SysFsuid.setfsgid(gid);
        _ = SysFsuid.setfsuid(uid);
        // setfsuid reports no failure; −1 is refused and so only tells the id in force.
        if ((uint)SysFsuid.setfsgid(uint.MaxValue) != gid || (uint)SysFsuid.setfsuid(uint.MaxValue) != uid)
        {
            Restore();
            error = Errno.EPERM;
            return default;
        }

        if (uid != 0)
            SetEffective(_base.EffectiveLow & (~FileSystemSet | DacOverride | Mknod | (keepsFsetid ? Fsetid : 0)));
        return new Scope(this, ids: true);
    }

    /// <summary>Does without CAP_FSETID, so that the host's kernel clears set-user-id and set-group-id bits at a change.</summary>
    /// <param name="wanted">Whether that was asked for; otherwise nothing happens.</param>
    /// <returns>To be disposed of after the change.</returns>
    public Scope DropFsetid(bool wanted)
    {
        if (!wanted || (_base.EffectiveLow & Fsetid) == 0)
            return default;
        SetEffective(_base.EffectiveLow & ~Fsetid);
        return new Scope(this, ids: false);
    }

    /// <summary>Sets the thread's umask, which is 0 at first.</summary>
    public void SetUmask(uint umask)
    {
        if (umask == _umask)
            return;
        _umask = umask;
        _ = SysStat.umask(umask);
    }

    private static void Restore()
    {
        // Going back to id 0 gives the capabilities of the file system set back, as far as they are permitted.
        _ = SysFsuid.setfsuid(0);
        _ = SysFsuid.setfsgid(0);
    }

    private void SetEffective(uint low)
    {
        var header = CapabilityHeader.Self;
        var data = _base;
        data.EffectiveLow = low;
        _ = SysSyscall.syscall(SysSyscall.SYS_capset, (nint)(&header), (nint)(&data), 0, 0, 0, 0);
    }

    /// <summary>Puts the thread's own credentials back.</summary>
    public readonly ref struct Scope : IDisposable
    {
        private readonly ThreadCredentials? _owner;
        private readonly bool _ids;

        internal Scope(ThreadCredentials owner, bool ids)
        {
            _owner = owner;
            _ids = ids;
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            if (_owner is null)
                return;
            if (_ids)
                Restore();
            _owner.SetEffective(_owner._base.EffectiveLow);
        }
    }
}
