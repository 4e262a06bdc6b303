using KataShimNet.Fsd.Commands;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Transport;

public sealed class DaemonCommandTests
{
    [Theory]
    [InlineData("")]
    [InlineData("--bogus")]
    [InlineData("--fd 99")]
    [InlineData("--fd x --shared-dir /tmp")]
    [InlineData("--fd 1 --shared-dir /tmp")]
    [InlineData("--fd 99 --control-fd 99")]
    [InlineData("--fd 99 --control-fd 2")]
    [InlineData("--fd 99 --socket-path /tmp/s --shared-dir /tmp")]
    [InlineData("--fd 99 --control-fd 98 --shared-dir /tmp")]
    [InlineData("--fd 99 --control-fd 98 --readonly")]
    [InlineData("--socket-path /tmp/s")]
    [InlineData("--socket-path /tmp/s --control-fd 98")]
    [InlineData("--fd 99 --shared-dir /tmp --keep-listening")]
    [InlineData("--fd 99 --shared-dir /tmp --log-level loud")]
    [InlineData("--fd 99 --shared-dir /tmp --num-request-queues 0")]
    [InlineData("--fd 99 --shared-dir /tmp --num-request-queues 64")]
    [InlineData("--fd 99 --shared-dir /tmp --tag 0123456789012345678901234567890123456")]
    public void ACommandLineThatMakesNoSenseIsStatusTwo(string line) =>
        Assert.Equal(2, DaemonCommand.Run(line.Split(' ', System.StringSplitOptions.RemoveEmptyEntries)));

    [Theory]
    [InlineData("--help")]
    [InlineData("--version")]
    public void HelpAndVersionNeedNothingElse(string line) => Assert.Equal(0, DaemonCommand.Run([line]));
}
