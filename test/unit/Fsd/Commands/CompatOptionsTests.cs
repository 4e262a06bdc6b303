using System;
using KataShimNet.Fsd.Commands;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Commands;

public class CompatOptionsTests
{
    [Theory]
    [InlineData("-o source=/srv,cache=none,xattr", "--shared-dir=/srv --cache=never --xattr")]
    [InlineData("-oallow_direct_io -o no_readdirplus,flock", "--allow-direct-io --no-readdirplus")]
    [InlineData("-d -o loglevel=err", "--log-level=error")]
    [InlineData("-f --socket /s --socket=/t --xattr", "--socket-path /s --socket-path=/t --xattr")]
    [InlineData("-o posix_acl,security_label,no_flock", "--posix-acl=always --security-label=always --no-host-locks")]
    [InlineData("--shared-dir /srv --cache auto", "--shared-dir /srv --cache auto")]
    public void Older_forms_become_those_of_today(string given, string expected) =>
        Assert.Equal(expected, string.Join(' ', CompatOptions.Expand(given.Split(' '))));

    [Theory]
    [InlineData("-o nonsense", "-o nonsense: there is no such option")]
    [InlineData("-o timeout=1", "-o timeout=1: there is no such option")]
    [InlineData("-o", "-o needs options")]
    public void What_is_wrong_is_said(string given, string expected) =>
        Assert.Contains(expected, Assert.Throws<FormatException>(() => CompatOptions.Expand(given.Split(' '))).Message, StringComparison.Ordinal);
}
