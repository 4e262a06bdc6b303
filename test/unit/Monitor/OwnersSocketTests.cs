using System;
using System.IO;
using System.Net.Sockets;
using KataShimNet.Monitor.Serving;
using Xunit;

namespace KataShimNet.UnitTests.Monitor;

/// <summary>The path of the gRPC service: for its owner only, and never taken from a monitor that runs.</summary>
public sealed class OwnersSocketTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("katanet-monitor-").FullName;

    private string Path => _folder + "/m.sock";

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void ItIsTheOwnersAndGoesAtTheEnd()
    {
        using (new OwnersSocket(Path))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
        Assert.False(File.Exists(Path));
    }

    [Fact]
    public void OneThatIsServedStaysAndOneOfADeadServerIsReplaced()
    {
        using (var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            server.Bind(new UnixDomainSocketEndPoint(Path));
            server.Listen();
            Assert.Contains("another monitor serves", Assert.Throws<IOException>(() => new OwnersSocket(Path)).Message, StringComparison.Ordinal);
            Assert.True(File.Exists(Path));
        }

        File.WriteAllText(Path, "");
        new OwnersSocket(Path).Dispose();
    }

    [Fact]
    public void APathThatCannotBeOneIsSaid()
    {
        string gone = _folder + "/none/m.sock";
        Assert.Contains($"{gone} cannot be a socket", Assert.Throws<IOException>(() => new OwnersSocket(gone)).Message, StringComparison.Ordinal);
        string tooLong = _folder + "/" + new string('x', 200);
        Assert.Throws<IOException>(() => new OwnersSocket(tooLong));
    }
}
