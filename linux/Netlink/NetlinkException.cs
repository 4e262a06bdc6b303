using System.IO;
using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Netlink;

/// <summary>The kernel refused a netlink request.</summary>
public sealed class NetlinkException : IOException
{
    /// <summary>Describes a refusal.</summary>
    /// <param name="errno">The error number.</param>
    /// <param name="operation">What was tried, such as <c>add address 10.0.0.2/24 to eth0</c>.</param>
    /// <param name="kernelText">The kernel's own words (NLMSGERR_ATTR_MSG); empty when it gave none.</param>
    public NetlinkException(Errno errno, string operation, string kernelText = "")
        : base(kernelText.Length == 0
            ? $"{operation}: {Marshal.GetPInvokeErrorMessage((int)errno)}"
            : $"{operation}: {Marshal.GetPInvokeErrorMessage((int)errno)} ({kernelText})")
    {
        Errno = errno;
        Operation = operation;
        KernelText = kernelText;
    }

    /// <summary>The error number.</summary>
    public Errno Errno { get; }

    /// <summary>What was tried.</summary>
    public string Operation { get; }

    /// <summary>The kernel's own words; may be empty.</summary>
    public string KernelText { get; }
}
