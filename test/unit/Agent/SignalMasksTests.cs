using KataShimNet.Agent.Processes;
using Xunit;

namespace KataShimNet.UnitTests.Agent;

public sealed class SignalMasksTests
{
    [Theory]
    [InlineData("NSpid:\t104\t1\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000000000\n", true)]
    [InlineData("NSpid:\t104\t1\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000004000\n", false)]
    [InlineData("NSpid:\t104\t1\nSigIgn:\t0000000000004000\nSigCgt:\t0000000000000000\n", false)]
    [InlineData("NSpid:\t104\t11\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000000000\n", false)]
    [InlineData("NSpid:\t104\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000000000\n", false)]
    [InlineData("", false)]
    public void OnlyAFirstProcessLosesWhatItSaysNothingOf(string status, bool loses) =>
        Assert.Equal(loses, SignalMasks.Parse(status).Loses(15));
}
