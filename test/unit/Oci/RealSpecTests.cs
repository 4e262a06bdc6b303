using System.Text.Json.Nodes;
using KataShimNet.AgentProto.Kata.Oci;
using KataShimNet.AgentProto.Oci;
using Xunit;

namespace KataShimNet.UnitTests.Oci;

/// <summary>Specifications that real programs wrote go through the API's messages and come out with the same meaning.</summary>
public sealed class RealSpecTests
{
    [Theory]
    [InlineData("runc.json")]
    [InlineData("crun.json")]
    [InlineData("containerd.json")]
    public void WhatWasReadIsWrittenAgain(string name)
    {
        byte[] original = OciDocuments.Real(name);
        JsonNode expected = JsonNode.Parse(original)!;

        // Through the wire too: what protobuf drops must not matter.
        Spec spec = Spec.Parser.ParseFrom(Google.Protobuf.MessageExtensions.ToByteArray(OciJson.ReadSpec(original)));

        Spell(expected);
        JsonNode actual = JsonNode.Parse(OciJson.WriteSpec(spec))!;
        Assert.True(JsonNode.DeepEquals(expected, actual), $"expected {expected.ToJsonString()}\nwritten  {actual.ToJsonString()}");
    }

    [Theory]
    [InlineData("runc.json")]
    [InlineData("crun.json")]
    [InlineData("containerd.json")]
    public void WritingIsStable(string name)
    {
        byte[] once = OciJson.WriteSpec(OciJson.ReadSpec(OciDocuments.Real(name)));
        Assert.Equal(once, OciJson.WriteSpec(OciJson.ReadSpec(once)));
    }

    [Fact]
    public void TheContainerdDocumentHasWhatItIsHereFor()
    {
        Spec spec = OciJson.ReadSpec(OciDocuments.Real("containerd.json"));
        Assert.Equal(["/bin/busybox", "sh"], spec.Process.Args);
        Assert.Equal(["A=b"], spec.Process.Env);
        Assert.Equal(256 * 1024 * 1024, spec.Linux.Resources.Memory.Limit);
        Assert.Equal(50000, spec.Linux.Resources.CPU.Quota);
        Assert.Equal(100000UL, spec.Linux.Resources.CPU.Period);
        Assert.Equal("SCMP_ACT_ERRNO", spec.Linux.Seccomp.DefaultAction);
        Assert.Contains(spec.Linux.Seccomp.Syscalls, rule => rule.Args.Count != 0 && rule.Names.Contains("personality"));
        Assert.Contains(spec.Linux.Resources.Devices, rule => rule is { Allow: true, Type: "c", Major: 136, Minor: -1 });
        Assert.Contains(spec.Mounts, mount => mount.Destination == "/mnt" && mount.Options.Contains("ro"));
    }

    // What we write out although the original left it to the default.
    private static void Spell(JsonNode spec)
    {
        JsonObject process = spec["process"]!.AsObject();
        process.TryAdd("terminal", false);
        process.TryAdd("noNewPrivileges", false);
        process.TryAdd("oomScoreAdj", 0);
        foreach (string set in (string[])["bounding", "effective", "inheritable", "permitted", "ambient"])
            process["capabilities"]!.AsObject().TryAdd(set, new JsonArray());
        if (spec["root"]!["readonly"] is JsonValue flag && !flag.GetValue<bool>())
            spec["root"]!.AsObject().Remove("readonly");
        foreach (JsonNode? rule in spec["linux"]!["seccomp"]?["syscalls"]?.AsArray() ?? [])
        {
            foreach (JsonNode? argument in rule!["args"]?.AsArray() ?? [])
                argument!.AsObject().TryAdd("valueTwo", 0);
        }
    }
}
