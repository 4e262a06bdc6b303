using System.IO;
using System.Threading.Tasks;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Daemons;
using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.VhostUser;
using Xunit;

namespace KataShimNet.IntegrationTests.Exports;

/// <summary>Whether a guest may map shared files of which it would have pages of its own.</summary>
public sealed class SharedMapTests
{
    // linux/fuse.h: a file with it bypasses the page cache, and may be mapped with MAP_SHARED only when INIT allowed that.
    private const uint DirectIo = 1;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task They_are_mapped_unless_that_is_refused_and_files_of_one_pod_alone_in_any_case(bool allowed)
    {
        using var folder = new BackingFolder(Backing.Ext4);
        File.WriteAllText(folder.Location + "/f", "text");
        using var fsd = FsdDaemon.Start(Published.Fsd, allowed ? [] : ["--no-shared-maps"]);
        await fsd.AddExportAsync("shared", folder.Location, CoherencyClass.Shared);
        await fsd.AddExportAsync("own", folder.Location, CoherencyClass.Private);
        var fuse = fsd.StartDevice(new FrontEndOptions());

        Assert.Equal(allowed, fuse.Session.Init!.Flags.HasFlag(InitFlags.DirectIoAllowMmap));
        Assert.Equal(DirectIo, FlagsOf(fuse, "shared") & DirectIo);
        Assert.Equal(0u, FlagsOf(fuse, "own") & DirectIo);
    }

    private static uint FlagsOf(FuseClient fuse, string export)
    {
        var file = fuse.Lookup(fuse.Lookup(FuseValues.RootId, export).Value.NodeId, "f").Value.NodeId;
        return (uint)fuse.Open(file, Fcntl.O_RDWR).Value.Flags;
    }
}
