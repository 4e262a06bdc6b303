using System;
using System.IO;
using System.Text;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using KataShimNet.Shim.Stdio;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Stdio;

public sealed class LoggerProgramTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("logger").FullName;
    private readonly FdPoller _poller = new();

    public void Dispose()
    {
        _poller.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task ItGetsBothStreamsItsArgumentsAndItsEnvironment()
    {
        var program = Script("exec 5>&-; echo \"$CONTAINER_ID $CONTAINER_NAMESPACE $*\" > $0.env; cat <&3 > $0.out & cat <&4 > $0.err; wait");
        var logger = LoggerProgram.Start($"binary://{program}?level=in+fo&flag&path=%2Fvar", "c1", "k8s.io", _poller);
        await logger.Output.WriteAsync(new byte[1 << 20], TestContext.Current.CancellationToken);
        await logger.Error.WriteAsync(Encoding.UTF8.GetBytes("wrong\n"), TestContext.Current.CancellationToken);
        logger.Output.Dispose();
        logger.Error.Dispose();
        await logger.FinishAsync();
        Assert.Equal("c1 k8s.io level in fo flag path /var\n", await File.ReadAllTextAsync(program + ".env", TestContext.Current.CancellationToken));
        Assert.Equal(1 << 20, new FileInfo(program + ".out").Length);
        Assert.Equal("wrong\n", await File.ReadAllTextAsync(program + ".err", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task OneThatGoesAwayIsAnErrorForItsWriter()
    {
        var logger = LoggerProgram.Start($"binary://{Script("exit 0")}", "c1", "default", _poller);
        // The pipe holds some; then nobody is left to read it.
        await Assert.ThrowsAsync<LinuxException>(async () =>
        {
            while (true)
                await logger.Output.WriteAsync(new byte[1 << 16], TestContext.Current.CancellationToken);
        });
        logger.Output.Dispose();
        logger.Error.Dispose();
        await logger.FinishAsync();
    }

    [Theory]
    [InlineData("binary://program")]
    [InlineData("binary:relative")]
    [InlineData("file:///path")]
    public void AnAddressWithoutAPathIsRefused(string address) =>
        Assert.Equal(StatusCode.InvalidArgument, Assert.Throws<TtrpcException>(() => LoggerProgram.Parse(address)).Code);

    [Fact]
    public void AProgramThatIsNotThereIsAnError() =>
        Assert.Equal(Errno.ENOENT, Assert.Throws<LinuxException>(() => LoggerProgram.Start("binary:///no/such/program", "c1", "default", _poller)).Errno);

    private string Script(string body)
    {
        var path = Path.Combine(_folder, "logger.sh");
        File.WriteAllText(path, $"#!/bin/sh\n{body}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
