using System;
using System.IO;
using KataShimNet.Shim.Qemu.Isolation;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Qemu;

public sealed class QemuUserTests
{
    private static readonly string[] s_passwd = ["root:x:0:0:root:/root:/bin/sh", "toor:x:0:0::/root:", "broken", "qemu:x:107:108:QEMU:/:/sbin/nologin"];

    [Fact]
    public void ANameIsLookedUp() => Assert.Equal(new ProcessUser(107, 108), QemuUser.Find("qemu", s_passwd));

    [Theory]
    [InlineData("toor", "write root")]
    [InlineData("nobody", "no user nobody")]
    [InlineData("broken", "no user broken")]
    public void ANameThatIsNoUserSaysWhatToDo(string name, string why) =>
        Assert.Contains(why, Assert.Throws<InvalidOperationException>(() => QemuUser.Find(name, s_passwd)).Message, StringComparison.Ordinal);

    [Fact]
    public void TwoSandboxesNeverShareAnIdAndAnIdComesBack()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            uint first;
            using (var one = UserLease.Take(folder.FullName, "default:a"))
            using (var two = UserLease.Take(folder.FullName, "default:a"))
            {
                first = one.User.Uid;
                Assert.InRange(first, UserLease.FirstUid, UserLease.FirstUid + UserLease.Count - 1);
                Assert.Equal((first - UserLease.FirstUid + 1) % UserLease.Count, two.User.Uid - UserLease.FirstUid);
                Assert.Equal(one.User.Uid, one.User.Gid);
            }

            using var again = UserLease.Take(folder.FullName, "default:a");
            Assert.Equal(first, again.User.Uid);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("1900000001:1900000001", true)]
    [InlineData("1:", false)]
    [InlineData(":1", false)]
    [InlineData("-1:1", false)]
    [InlineData("1", false)]
    public void AUserGoesThroughAnArgument(string text, bool good) => Assert.Equal(good ? text : null, ProcessUser.Parse(text)?.ToString());
}
