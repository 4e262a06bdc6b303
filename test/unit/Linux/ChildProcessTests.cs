using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Threading.Tasks;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.UnitTests.Linux;

public sealed class ChildProcessTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("kill -TERM $$", 143)]
    [InlineData("kill -KILL $$", 137)]
    public async Task ItsEndIsReported(string script, int expected)
    {
        using var child = Shell(script);
        Assert.Equal(expected, (await child.Exited.WaitAsync(s_limit)).ShellStatus);
    }

    [Fact]
    public async Task AMissingProgramIsEnoent()
    {
        await Task.Yield();
        var start = new ChildStart { Path = "/nonexistent/program", Arguments = ["program"] };
        Assert.Equal(Errno.ENOENT, Assert.Throws<LinuxException>(() => ChildProcess.Start(start)).Errno);
    }

    [Fact]
    public async Task ItRunsInTheNetworkNamespaceThatWasNamedAndTheNextOneDoesNot()
    {
        using var netns = NetworkNamespace.Create();
        var own = new FileInfo("/proc/self/ns/net").LinkTarget;
        Assert.NotEqual(own, await NamespaceAsync(netns));
        Assert.Equal(own, await NamespaceAsync(null));

        static async Task<string> NamespaceAsync(OwnedFd? netns)
        {
            var (ours, theirs) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
            using var socket = new FdSocket(ours);
            using (theirs)
            {
                using var child = ChildProcess.Start(new ChildStart
                {
                    Path = "/bin/sh",
                    Arguments = ["sh", "-c", "readlink /proc/self/ns/net"],
                    Fds = new Dictionary<int, OwnedFd> { [1] = theirs },
                    NetworkNamespace = netns,
                });
                await child.Exited.WaitAsync(s_limit);
            }

            var buffer = new byte[4096];
            return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer, [])).Trim();
        }
    }

    [Fact]
    public async Task KillReachesItAndIsFalseAfterwards()
    {
        using var child = Shell("sleep 60");
        Assert.True(child.Kill(Signals.SIGKILL));
        Assert.Equal(new ChildExit(9, Signalled: true), await child.Exited.WaitAsync(s_limit));
        Assert.False(child.Kill(Signals.SIGKILL));
    }

    [Fact]
    public async Task ItHasTheDescriptorsThatWereNamedAndNoOthers()
    {
        var (ours, theirs) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
        using var stray = OwnedFd.FromCall(Unistd_dup(ours), "fcntl");
        using var socket = new FdSocket(ours);
        // The descriptors are swapped on purpose: 3 and 4 must not overwrite each other on the way.
        using (theirs)
        using (var second = theirs.Duplicate())
        {
            using var child = ChildProcess.Start(new ChildStart
            {
                Path = "/bin/sh",
                Arguments = ["sh", "-c", "ls /proc/self/fd | tr '\\n' ' ' >&4"],
                Fds = new Dictionary<int, OwnedFd> { [4] = theirs, [3] = second },
            });
            await child.Exited.WaitAsync(s_limit);
        }

        var text = new StringBuilder();
        var buffer = new byte[256];
        int count;
        while ((count = socket.Receive(buffer, [])) > 0)
            text.Append(Encoding.ASCII.GetString(buffer, 0, count));
        // 5 is the folder that ls itself reads.
        Assert.Equal("0 1 2 3 4 5", text.ToString().Trim());
    }

    [Fact]
    public async Task DirectoryEnvironmentAndSessionAreAsAsked()
    {
        var folder = Directory.CreateTempSubdirectory("katanet-unit-");
        try
        {
            using var child = ChildProcess.Start(new ChildStart
            {
                Path = "/bin/sh",
                Arguments = ["sh", "-c", "[ \"$PWD\" = \"$WANTED\" ] && [ \"$(cut -d' ' -f6 /proc/$$/stat)\" = $$ ]"],
                Environment = [$"WANTED={folder.FullName}", "PATH=/usr/bin:/bin"],
                WorkingDirectory = folder.FullName,
                NewSession = true,
            });
            Assert.Equal(0, (await child.Exited.WaitAsync(s_limit)).ShellStatus);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // Not close-on-exec, as a careless library would leave it.
    private static int Unistd_dup(OwnedFd fd) => Fcntl.fcntl(fd.Fd, 0, 0);

    private static ChildProcess Shell(string script) => ChildProcess.Start(new ChildStart { Path = "/bin/sh", Arguments = ["sh", "-c", script] });
}
