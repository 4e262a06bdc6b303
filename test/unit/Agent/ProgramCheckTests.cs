using System;
using System.IO;
using KataShimNet.Agent.Containers;
using KataShimNet.AgentProto.Kata.Oci;
using KataShimNet.AgentProto.Ttrpc;
using Xunit;

namespace KataShimNet.UnitTests.Agent;

public sealed class ProgramCheckTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("katanet-unit").FullName;

    public ProgramCheckTests()
    {
        Directory.CreateDirectory(_root + "/bin");
        File.WriteAllBytes(_root + "/bin/arm", Elf(183));
        File.WriteAllBytes(_root + "/bin/good", Elf(62));
        File.WriteAllText(_root + "/bin/script", "#!/bin/sh\n");
        File.WriteAllText(_root + "/bin/text", "hello");
        File.CreateSymbolicLink(_root + "/bin/link", "/bin/arm");
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("/bin/arm", "arm64")]
    [InlineData("arm", "arm64")]
    [InlineData("/bin/link", "arm64")]
    [InlineData("bin/text", "neither")]
    public void AProgramThatTheKernelCannotRunIsRefused(string program, string reason)
    {
        var error = Assert.Throws<TtrpcException>(() => ProgramCheck.Check(_root, [], Process(program)));
        Assert.Equal(StatusCode.InvalidArgument, error.Code);
        Assert.Contains("exec format error", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/bin/good")]
    [InlineData("script")]
    [InlineData("nosuch")]
    [InlineData("/bin")]
    public void WhatMayRunAndWhatIsMissingIsLeftToTheKernel(string program) => ProgramCheck.Check(_root, [], Process(program));

    [Fact]
    public void AProgramUnderAMountIsNotTheOneThatRuns() => ProgramCheck.Check(_root, ["/", "/bin"], Process("/bin/arm"));

    private static Process Process(string program)
    {
        var process = new Process { Cwd = "/" };
        process.Args.Add(program);
        process.Env.Add("PATH=/usr/bin:/bin");
        return process;
    }

    private static byte[] Elf(byte machine)
    {
        var head = new byte[64];
        "\u007fELF"u8.CopyTo(head);
        head[18] = machine;
        return head;
    }
}
