namespace KataShimNet.Cli.Checks;

/// <summary>/dev/fuse, with which fsd makes the memory of one file the same in several virtual machines.</summary>
internal static class FuseCheck
{
    private const string Device = "/dev/fuse";

    public static CheckLine Run(CheckContext context) => context.Machine.TryOpenDevice(Device) switch
    {
        0 => CheckLine.Pass("fuse", Device),
        var error => CheckLine.Warn("fuse", $"{Device} does not open: {error}", "DAX needs it: load the module fuse; all else works"),
    };
}
