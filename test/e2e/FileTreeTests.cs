using System;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests;

/// <summary>What a container does to its files is in containerd's snapshot: compared name by name, by a list made inside and one made outside.</summary>
public sealed class FileTreeTests(NodeFixture fixture) : ContainerTest(fixture)
{
    private const string Make = """
        set -e
        mkdir /tree && cd /tree
        d=0
        while [ $d -lt 40 ]; do
            p=level/$((d % 4))/$((d % 10))/$d; mkdir -p $p
            f=0
            while [ $f -lt 50 ]; do echo "content of $d/$f" > $p/$f; f=$((f + 1)); done
            d=$((d + 1))
        done
        ln -s level/0 link; ln -s /nowhere dangling; ln -s "$(head -c 3000 /dev/zero | tr '\0' x)" long
        echo linked > one; ln one two; ln one level/three
        echo old > target; echo new > source; mv source target
        mkdir emptied kept; echo x > emptied/x; rm -r emptied; mv kept moved
        mkfifo fifo
        echo modes > modes; chmod 4751 modes; chmod 1770 moved
        echo owner > owner; chown 1000:1000 owner; chown -h 1000:0 link
        echo times > times; touch -d '2001-02-03 04:05:06' times; touch -h -d '2002-03-04 05:06:07' dangling; touch -d '1999-01-01 00:00:00' level/1
        echo x > xattr; /usr/bin/setfattr -n user.colour -v blue xattr; /usr/bin/setfattr -n user.taste -v sweet xattr; /usr/bin/setfattr -x user.taste xattr
        /usr/bin/setfattr -n user.folder -v yes moved
        dd if=/dev/zero of=sparse bs=1 count=0 seek=100M 2>/dev/null; echo tail >> sparse
        dd if=/dev/zero of=shrunk bs=1k count=64 2>/dev/null; truncate -s 1000 shrunk
        rm level/2/2/2/1?; rm -r level/3/3/3
        echo "räksmörgås with  spaces" > "name with  spaces åäö"
        echo gone > held; exec 5< held; rm held; grep -q gone <&5; exec 5<&-
        """;

    // Names, types, modes, owners, sizes of what has a size of its own, link counts, times to the nanosecond, targets; then xattrs and contents.
    private const string List = """
        set -eo pipefail
        /usr/bin/find . -type d -printf '%P|%y|%#m|%U:%G|%n|%T@\n' -o -printf '%P|%y|%#m|%U:%G|%s|%n|%T@|%l\n' | LC_ALL=C sort
        /usr/bin/find . -type f -o -type d | LC_ALL=C sort | tr "\n" "\0" | xargs -0 /usr/bin/getfattr -d --
        /usr/bin/find . -type f | LC_ALL=C sort | tr "\n" "\0" | xargs -0 sha256sum
        """;

    [Fact]
    public async Task The_host_sees_the_tree_that_the_container_made()
    {
        string id = await StartAsync("sleep", "1000");
        await Exec(id, "make", Make);
        string inside = (await Exec(id, "list", $"cd /tree\n{List}")).Text;
        string blocksInside = (await Exec(id, "blocks", "stat -c %b /tree/sparse")).Text;
        (await CtrAsync("tasks", "kill", "--signal", "SIGKILL", id)).Exits(0);
        await EventuallyAsync("the task has ended", TimeSpan.FromSeconds(30), async () => await StatusAsync(id) == "STOPPED");
        await CtrAsync("tasks", "rm", id);

        (await Node.RunAsync("sh", "-c", $"mkdir /mnt/tree && $(ctr snapshots mounts /mnt/tree {id})")).Exits(0);
        try
        {
            string outside = (await Node.RunAsync(
                "chroot", "/mnt/tree", "/bin/sh", "-c", $"PATH=/bin:/usr/bin; cd /tree\n{List}")).Exits(0).Text;
            Assert.Equal(inside.Split('\n'), outside.Split('\n'));
            string blocks = (await Node.RunAsync("stat", "-c", "%b", "/mnt/tree/tree/sparse")).Exits(0).Text;
            Assert.InRange(long.Parse(blocks, CultureInfo.InvariantCulture), 1, 1000);
            Assert.InRange(long.Parse(blocksInside, CultureInfo.InvariantCulture), 1, 1000);
        }
        finally
        {
            (await Node.RunAsync("sh", "-c", "umount /mnt/tree && rmdir /mnt/tree")).Exits(0);
        }

        // The list itself must show what the script did, or two empty lists would be equal.
        string[] lines = inside.Split('\n');
        Assert.InRange(lines.Count(line => line.StartsWith("level/", StringComparison.Ordinal) && line.Contains("|f|", StringComparison.Ordinal)), 1900, 2001);
        Assert.Contains(lines, line => line.StartsWith("modes|f|04751|0:0|6|1|", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("moved|d|01770|", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("owner|f|0644|1000:1000|", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("link|l|0777|1000:0|", StringComparison.Ordinal) && line.EndsWith("|level/0", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("times|f|", StringComparison.Ordinal) && line.Contains("|981173106.0", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("two|f|0644|0:0|7|3|", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("sparse|f|0644|0:0|104857605|", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("fifo|p|", StringComparison.Ordinal));
        Assert.Contains("user.colour=\"blue\"", lines);
        Assert.Contains("user.folder=\"yes\"", lines);
        Assert.DoesNotContain(lines, line => line.Contains("taste", StringComparison.Ordinal) || line.StartsWith("source|", StringComparison.Ordinal));
    }

    private async Task<CommandResult> Exec(string id, string name, string script) =>
        (await Node.RunAsync(TimeSpan.FromMinutes(3), null, "ctr", "tasks", "exec", "--exec-id", name, id, "sh", "-c", script)).Exits(0);
}
