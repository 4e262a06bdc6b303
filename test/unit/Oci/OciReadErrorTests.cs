using System.Text;
using KataShimNet.AgentProto.Oci;
using Xunit;

namespace KataShimNet.UnitTests.Oci;

public sealed class OciReadErrorTests
{
    [Theory]
    [InlineData("""{"process":{"args":"sh"}}""", "process.args", "an array was expected, not a text")]
    [InlineData("""{"process":{"args":["sh",1]}}""", "process.args[1]", "a text was expected, not the number 1")]
    [InlineData("""{"process":{"user":{"uid":-1}}}""", "process.user.uid", "32 bits from 0 was expected, not the number -1")]
    [InlineData("""{"process":{"user":{"additionalGids":[1,4294967296]}}}""", "process.user.additionalGids[1]", "4294967296")]
    [InlineData("""{"process":{"rlimits":[{"hard":1.5}]}}""", "process.rlimits[0].hard", "the number 1.5")]
    [InlineData("""{"process":{"terminal":"yes"}}""", "process.terminal", "true or false was expected")]
    [InlineData("""{"mounts":[{"options":[]},{"options":{}}]}""", "mounts[1].options", "an array was expected, not an object")]
    [InlineData("""{"mounts":[null]}""", "mounts[0]", "an object was expected, not null")]
    [InlineData("""{"annotations":{"io.x/y":2}}""", "annotations[\"io.x/y\"]", "a text was expected")]
    [InlineData("""{"linux":{"resources":{"pids":{"limit":"many"}}}}""", "linux.resources.pids.limit", "a whole number of 64 bits")]
    [InlineData("""{"linux":{"seccomp":{"syscalls":[{"args":[{"index":-2}]}]}}}""", "linux.seccomp.syscalls[0].args[0].index", "-2")]
    [InlineData("""{"root":{"path":"/a\u0000b"}}""", "root.path", "NUL")]
    [InlineData("""{"root":{"path":"\ud800"}}""", "root.path", "not valid Unicode")]
    [InlineData("""["not an object"]""", "", "an object was expected, not an array")]
    public void AWrongValueNamesItsPlace(string json, string path, string problem)
    {
        OciJsonException error = Assert.Throws<OciJsonException>(() => OciDocuments.Spec(json));
        Assert.Equal(path, error.Path);
        Assert.Contains(problem, error.Message, System.StringComparison.Ordinal);
        Assert.Contains(path, error.Message, System.StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\n\"process\": }")]
    [InlineData("{} {}")]
    public void WhatIsNotJsonSaysWhere(string json)
    {
        OciJsonException error = Assert.Throws<OciJsonException>(() => OciDocuments.Spec(json));
        Assert.Contains("not a JSON document (line ", error.Message, System.StringComparison.Ordinal);
    }

    [Fact]
    public void UnknownKeysAndNullsArePassedOver()
    {
        var process = OciJson.ReadProcess(Encoding.UTF8.GetBytes(
            """{"args":["a"],"env":null,"user":null,"rlimits":null,"scheduler":{"policy":"SCHED_OTHER"},"zzz":[1,{}]}"""));
        Assert.Equal(["a"], process.Args);
        Assert.Empty(process.Env);
        Assert.Null(process.User);
    }
}
