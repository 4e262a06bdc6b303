using KataShimNet.Agent.Shell;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Ttrpc;
using Xunit;
using OciProcess = KataShimNet.AgentProto.Kata.Oci.Process;

namespace KataShimNet.UnitTests.Agent;

/// <summary>What the agent refuses to run in the guest's own root. What it runs, and how, is tested in guests.</summary>
public sealed class GuestProgramsTests
{
    [Fact]
    public void WithoutTheWordOnTheKernelsCommandLineNothingRuns()
    {
        TtrpcException e = Refused(allowed: false, new OciProcess { Args = { "sh" } });
        Assert.Equal(StatusCode.FailedPrecondition, e.Code);
        Assert.Contains("its kernel's command line lacks agent.debug_console", e.Message, System.StringComparison.Ordinal);
    }

    [Fact]
    public void ARequestWithoutAProgramIsRefused() => Assert.Equal(StatusCode.InvalidArgument, Refused(allowed: true, new OciProcess()).Code);

    [Fact]
    public void ARootWithoutAShellSaysHowToGetOne() =>
        Assert.Contains("shell.cpio.zst is appended", Refused(allowed: true, new OciProcess { Args = { "sh" } }).Message, System.StringComparison.Ordinal);

    private static TtrpcException Refused(bool allowed, OciProcess process)
    {
        // Nothing is started, so nobody is needed who would collect it: a reaper takes every child of its process.
        var programs = new GuestPrograms(null!, null!, allowed);
        return Assert.Throws<TtrpcException>(() => programs.Start(new ExecProcessRequest { ExecId = "e", Process = process }));
    }
}
