using System;
using System.Linq;
using KataShimNet.Fsd.Confinement;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Coherency;
using KataShimNet.Fsd.Exports;
using KataShimNet.Fsd.Worker;
using Microsoft.Extensions.Logging;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Exports;

public class ServingOptionsTests
{
    private static readonly ServingOptions s_allChanged = new()
    {
        ReadOnly = true,
        Cache = CacheMode.Metadata,
        AllowMmap = true,
        Readdirplus = false,
        Writeback = true,
        AllowDirectIo = true,
        AnnounceSubmounts = false,
        Xattr = true,
        XattrMap = ":map::user.virtiofs.:",
        PosixAcl = Negotiation.Always,
        SecurityLabel = Negotiation.Auto,
        KillPriv = true,
        HostLocks = false,
        PreserveNoatime = true,
        FileHandles = HandleUse.Mandatory,
        NodeDaemon = 7,
        DaxWindow = 2 << 20,
        Dax = DaxUse.Always,
        TranslateUid = ["map:0:1000:1", "squash-guest:1:2:3"],
        TranslateGid = ["host:5:6:7"],
        AsksGuest = true,
        Leases = LeaseTerms.FromWord("1,2,3"),
    };

    [Fact]
    public void Every_option_reaches_the_worker()
    {
        var arguments = new WorkerArguments(1, ServedTree.Directory, LogLevel.Debug, "", SeccompMode.Kill, s_allChanged).ToArguments();

        var read = WorkerArguments.TryParse(arguments.Skip(1).ToArray())!.Serving;

        var unread = typeof(ServingOptions).GetProperties()
            .Where(p => p.Name != nameof(ServingOptions.ForExports))
            .Where(p => !Text(p.GetValue(s_allChanged)).Equals(Text(p.GetValue(read)), StringComparison.Ordinal));
        Assert.Empty(unread.Select(p => p.Name));
        // A property that was forgotten above would have passed by its default.
        var unchanged = typeof(ServingOptions).GetProperties()
            .Where(p => p.Name != nameof(ServingOptions.ForExports))
            .Where(p => Text(p.GetValue(s_allChanged)).Equals(Text(p.GetValue(new ServingOptions())), StringComparison.Ordinal));
        Assert.Empty(unchanged.Select(p => p.Name));
    }

    private static string Text(object? value) =>
        value is System.Collections.IEnumerable list and not string ? string.Join('|', list.Cast<object>()) : $"{value}";
}
