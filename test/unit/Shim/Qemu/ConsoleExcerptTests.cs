using System.Linq;
using KataShimNet.Shim.Qemu;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Qemu;

public sealed class ConsoleExcerptTests
{
    [Fact]
    public void APanicIsShownWithoutTheStackThatFollowsIt() => Assert.Equal(
        "b\nc\nno init\nKernel panic - not syncing: No init",
        ConsoleExcerpt.Of(["a", "b", "c", "no init", "Kernel panic - not syncing: No init", "CPU: 0", "Call Trace:"]));

    [Fact]
    public void OtherwiseTheEnd() => Assert.Equal(
        string.Join('\n', Enumerable.Range(90, 10)), ConsoleExcerpt.Of([.. Enumerable.Range(0, 100).Select(i => $"{i}")]));

    [Fact]
    public void NothingIsNothing() => Assert.Equal("", ConsoleExcerpt.Of([]));
}
