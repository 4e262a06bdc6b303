using System.IO;
using System.Text;
using KataShimNet.Shim.Commands;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Commands;

public sealed class BundleAnnotationsTests
{
    [Fact]
    public void AContainerOfAPodJoinsItsSandbox()
    {
        var got = Parse("""
            {"ociVersion":"1.1.0","process":{"annotations":{"io.kubernetes.cri.sandbox-id":"wrong"}},
             "annotations":{"io.kubernetes.cri.container-type":"container","x":{"y":[1]},"io.kubernetes.cri.sandbox-id":"pod1"},"linux":{}}
            """);
        Assert.True(got.JoinsSandbox);
        Assert.Equal("pod1", got.SandboxOf("c1"));
    }

    [Fact]
    public void TheSandboxContainerIsItsOwnSandbox()
    {
        var got = Parse("""{"annotations":{"io.kubernetes.cri.container-type":"sandbox","io.kubernetes.cri.sandbox-id":"pod1"}}""");
        Assert.False(got.JoinsSandbox);
        Assert.Equal("pod1", got.SandboxOf("pod1"));
    }

    [Fact]
    public void AGroupIsASandbox() => Assert.Equal("g", Parse("""{"annotations":{"io.containerd.runc.v2.group":"g"}}""").SandboxOf("c1"));

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"annotations":null}""")]
    [InlineData("""{"annotations":{}}""")]
    public void WithoutAnnotationsAContainerStandsAlone(string json) => Assert.Equal("c1", Parse(json).SandboxOf("c1"));

    [Fact]
    public void ABundleWithoutConfigHasNone()
    {
        var folder = Directory.CreateTempSubdirectory("katanet-");
        try
        {
            Assert.Equal("c1", BundleAnnotations.Read(folder.FullName).SandboxOf("c1"));
            File.WriteAllText(Path.Combine(folder.FullName, "config.json"), "{ \"annotations\": ");
            Assert.Throws<InvalidDataException>(() => BundleAnnotations.Read(folder.FullName));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static BundleAnnotations Parse(string json) => BundleAnnotations.Parse(Encoding.UTF8.GetBytes(json));
}
