using System;
using System.Collections.Generic;
using KataShimNet.AgentProto.Kata;
using KataShimNet.RuntimeConfig.Options;

namespace KataShimNet.Cli.Checks;

/// <summary>What the virtual machine boots: kernel, and root tree or initrd.</summary>
internal static class GuestCheck
{
    // Linux/x86 boot protocol: "HdrS" at 0x202 of a bzImage.
    private const int BzImageMagicOffset = 0x202;

    public static IEnumerable<CheckLine> Run(CheckContext context)
    {
        GuestOptions guest = context.Options.Guest;
        yield return Kernel(context.Machine, guest.Kernel);
        yield return guest.Boot == GuestBoot.Initrd ? Initrd(context.Machine, guest.Initrd) : Root(context.Machine, guest.Root);
    }

    private static CheckLine Kernel(Machine machine, string path)
    {
        if (!machine.IsFile(path))
            return CheckLine.Fail("guest kernel", $"there is no {path}", "build it (make guest), or set guest.kernel");
        byte[] head = machine.FirstBytes(path, BzImageMagicOffset + 4);
        if (head.AsSpan().StartsWith("\u007fELF"u8))
            return CheckLine.Pass("guest kernel", $"{path} (vmlinux)");
        return head.Length == BzImageMagicOffset + 4 && head.AsSpan(BzImageMagicOffset).SequenceEqual("HdrS"u8)
            ? CheckLine.Pass("guest kernel", $"{path} (bzImage)")
            : CheckLine.Fail("guest kernel", $"{path} is neither a vmlinux nor a bzImage", "build it anew (make guest), or set guest.kernel");
    }

    private static CheckLine Root(Machine machine, string path)
    {
        if (!machine.IsFolder(path))
            return CheckLine.Fail("guest root", $"there is no folder {path}", "build it (make guest), or set guest.root");
        return machine.IsProgram(path.TrimEnd('/') + GuestContract.InitPath)
            ? CheckLine.Pass("guest root", path)
            : CheckLine.Fail("guest root", $"{path} has no program {GuestContract.InitPath}", "build it anew (make guest), or set guest.root");
    }

    private static CheckLine Initrd(Machine machine, string path) => machine.IsFile(path)
        ? CheckLine.Pass("guest initrd", path)
        : CheckLine.Fail("guest initrd", $"there is no {path}", "build it (make guest), or set guest.initrd");
}
