using System.Collections.Generic;

namespace KataShimNet.Cli.Checks;

/// <summary>Every check, in the order in which a reader mends things.</summary>
internal static class AllChecks
{
    public static IEnumerable<CheckLine> Run(CheckContext context) =>
    [
        KernelCheck.Run(context),
        ProcessorCheck.Run(context),
        AcceleratorCheck.Run(context),
        QemuCheck.Run(context),
        .. GuestCheck.Run(context),
        .. ShimCheck.Run(context),
        ChannelCheck.Run(context),
        FuseCheck.Run(context),
        ConfinementCheck.Run(context),
        PortForwardCheck.Run(context),
        .. ContainerdCheck.Run(context),
    ];
}
