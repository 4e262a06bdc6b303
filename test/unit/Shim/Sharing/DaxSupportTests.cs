using System.Collections.Generic;
using System.Globalization;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.Shim.Qemu;
using KataShimNet.Shim.Sharing;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Sharing;

/// <summary>Machines whose QEMU can map files, and cannot; the host's kernel here can.</summary>
public sealed class DaxSupportTests
{
    [Theory]
    [InlineData(7, 2, true, "QEMU is 7.2, and 11.1 or newer is needed")]
    [InlineData(11, 0, true, "QEMU is 11.0, and 11.1 or newer is needed")]
    [InlineData(11, 1, false, "QEMU was built without vhost-user-test-device-pci")]
    [InlineData(11, 1, true, null)]
    [InlineData(12, 0, true, null)]
    public async Task QemuSaysWhatItIs(int major, int minor, bool hasDevice, string? obstacle)
    {
        var (ours, theirs) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
        using var peer = new FdSocket(theirs);
        await using var qmp = new QmpClient(ours, (_, _) => { });
        var negotiating = qmp.NegotiateAsync(CancellationToken.None);
        Say(peer, """{"QMP": {"version": {}, "capabilities": []}}""");
        Answer(peer, "qmp_capabilities", "{}");
        await negotiating;

        var finding = DaxSupport.FindObstacleAsync(qmp, CancellationToken.None);
        Answer(peer, "query-version", string.Create(CultureInfo.InvariantCulture, $$"""{"qemu": {"major": {{major}}, "minor": {{minor}}, "micro": 0}, "package": ""}"""));
        if (!finding.IsCompleted && (major, minor).CompareTo((11, 1)) >= 0)
            Answer(peer, "qom-list-types", hasDevice ? $$"""[{"name": "{{DaxSupport.Device}}"}]""" : "[]");
        Assert.Equal(obstacle, await finding);
    }

    private static void Answer(FdSocket peer, string command, string answer)
    {
        var buffer = new byte[4096];
        var asked = Encoding.UTF8.GetString(buffer, 0, peer.Receive(buffer, new List<OwnedFd>()));
        Assert.Contains($"\"{command}\"", asked, System.StringComparison.Ordinal);
        var id = asked[(asked.LastIndexOf(':') + 1)..asked.LastIndexOf('}')];
        Say(peer, $$"""{"return": {{answer}}, "id": {{id}}}""");
    }

    private static void Say(FdSocket peer, string line) => peer.Send(Encoding.UTF8.GetBytes(line + "\r\n"));
}
