using System;
using KataShimNet.Shim.Commands;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Commands;

public sealed class ShimArgumentsTests
{
    [Fact]
    public void ContainerdsStartIsUnderstood()
    {
        var got = ShimArguments.Parse(
            ["-namespace", "k8s.io", "-address", "/run/c.sock", "-publish-binary", "/usr/bin/containerd", "-id", "abc", "-debug", "start"]);
        Assert.Equal((ShimAction.Start, "k8s.io", "/run/c.sock", "/usr/bin/containerd", "abc", true),
            (got.Action, got.Namespace, got.Address, got.PublishBinary, got.Id, got.Debug));
    }

    [Theory]
    [InlineData("-namespace=n", "-id=i", "-bundle=/b", "delete")]
    [InlineData("--namespace", "n", "--id", "i", "--bundle", "/b", "delete")]
    [InlineData("--namespace=n", "--id=i", "--bundle=/b", "delete")]
    [InlineData("-namespace", "n", "-id", "i", "-bundle", "/b", "--", "delete")]
    public void EveryFormOfAFlagMeansTheSame(params string[] arguments)
    {
        var got = ShimArguments.Parse(arguments);
        Assert.Equal((ShimAction.Delete, "n", "i", "/b", false), (got.Action, got.Namespace, got.Id, got.Bundle, got.Debug));
    }

    [Fact]
    public void AValueMayHoldAnEqualsSign() =>
        Assert.Equal("/a=b", ShimArguments.Parse(["-namespace=n", "-id", "i", "-bundle=/a=b", "delete"]).Bundle);

    [Fact]
    public void AValueMayLookLikeAFlag() => Assert.Equal("-start", ShimArguments.Parse(["-namespace", "n", "-id", "-start", "start"]).Id);

    [Theory]
    [InlineData(ShimAction.Info, "-info")]
    [InlineData(ShimAction.Version, "-v")]
    [InlineData(ShimAction.Version, "--v")]
    internal void SwitchesStandAlone(ShimAction action, string flag) => Assert.Equal(action, ShimArguments.Parse([flag]).Action);

    [Theory]
    [InlineData("flag -id needs a value", "-id")]
    [InlineData("flag -colour is not known", "-colour", "red", "start")]
    [InlineData("action stop is not known", "-namespace", "n", "-id", "i", "stop")]
    [InlineData("which action", "-namespace", "n", "-id", "i")]
    [InlineData("flag -namespace is missing", "-id", "i", "start")]
    [InlineData("flag -id is missing", "-namespace", "n", "delete")]
    [InlineData("cannot be a name", "-namespace", "n", "-id", "../x", "start")]
    [InlineData("cannot be a name", "-namespace", "..", "-id", "x", "start")]
    public void WhatIsWrongIsNamed(string expected, params string[] arguments) =>
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => ShimArguments.Parse(arguments)).Message, StringComparison.Ordinal);
}
