using System;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Qemu;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Qemu;

public sealed class AcceleratorChoiceTests
{
    private const string Intel = "processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu vme de vmx ssse3\nbugs\t\t:\n";
    private const string Amd = "processor\t: 0\nflags\t\t: fpu svm\n";
    // A word that merely contains the flag's name, as vmx_something would.
    private const string Neither = "processor\t: 0\nflags\t\t: fpu vme avmx svm_lock\nvmx flags\t: vnmi\n";

    [Theory]
    [InlineData(Intel, true, true)]
    [InlineData(Amd, true, true)]
    [InlineData(Intel, false, false)]
    [InlineData(Neither, true, false)]
    [InlineData("", true, false)]
    public void AutoTakesKvmOnlyWithAFlagAndADeviceThatOpens(string cpuinfo, bool opens, bool kvm) =>
        Assert.Equal(kvm, AcceleratorChoice.UseKvm(Accelerator.Auto, () => cpuinfo, () => opens));

    [Fact]
    public void TcgLooksAtNothing() => Assert.False(AcceleratorChoice.UseKvm(
        Accelerator.Tcg, () => throw new InvalidOperationException("read"), () => throw new InvalidOperationException("opened")));

    [Theory]
    [InlineData(Neither, true, "neither vmx nor svm")]
    [InlineData(Intel, false, "/dev/kvm does not open")]
    public void KvmOnDemandSaysWhatIsMissing(string cpuinfo, bool opens, string why)
    {
        var error = Assert.Throws<InvalidOperationException>(() => AcceleratorChoice.UseKvm(Accelerator.Kvm, () => cpuinfo, () => opens));
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }
}
