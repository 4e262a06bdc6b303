namespace KataShimNet.RuntimeConfig.Options;

/// <summary>What the virtual machine runs.</summary>
public sealed record GuestOptions
{
    /// <summary>Key <c>kernel</c>: vmlinux or bzImage, absolute.</summary>
    public string Kernel { get; init; } = "/usr/share/katanet/vmlinux";

    /// <summary>Key <c>root</c>: folder that is the guest's root file system, absolute.</summary>
    public string Root { get; init; } = "/usr/share/katanet/guest";

    /// <summary>Key <c>initrd</c>: the same tree as an initrd, absolute; used with <c>boot: initrd</c>.</summary>
    public string Initrd { get; init; } = "/usr/share/katanet/guest.cpio.zst";

    /// <summary>Key <c>boot</c>.</summary>
    public GuestBoot Boot { get; init; } = GuestBoot.Virtiofs;

    /// <summary>Key <c>seccomp</c>: whether the seccomp profiles of containers are applied in the guest.</summary>
    public bool Seccomp { get; init; } = true;

    /// <summary>Key <c>kernel_params</c>: appended to the kernel's command line; the last word wins.</summary>
    public string KernelParams { get; init; } = "";
}
