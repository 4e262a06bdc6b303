using System;
using System.Linq;
using KataShimNet.Shim.Cgroups;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Cgroups;

public sealed class CgroupTests
{
    private static readonly string[] s_hybrid =
    [
        "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755",
        "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:1 - cgroup cgroup rw,cpu,cpuacct",
        "40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,release_agent=/x,name=systemd",
        "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate",
        "42 31 0:29 / /mnt/again rw,relatime - cgroup cgroup rw,cpu,cpuacct",
    ];

    [Theory]
    [InlineData("/kubepods/burstable/pod1f2e/0a1b", "/kubepods/burstable/pod1f2e/0a1b")]
    [InlineData("/default/a", "/default/0a1b")]
    [InlineData("docker/0a1b/", "/docker/0a1b")]
    [InlineData("/a", "/0a1b")]
    [InlineData("kubepods-burstable-pod1f2e.slice:cri-containerd:0a1b", "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1f2e.slice/cri-containerd-0a1b.scope")]
    [InlineData("system.slice:docker:0a1b", "/system.slice/docker-0a1b.scope")]
    [InlineData(":docker:0a1b", "/system.slice/docker-0a1b.scope")]
    [InlineData("-.slice:docker:0a1b", "/docker-0a1b.scope")]
    [InlineData("", null)]
    public void ASandboxSitsWhereItsContainerWould(string cgroupsPath, string? group) =>
        Assert.Equal(group, CgroupPath.OfSandbox(cgroupsPath, "0a1b"));

    [Theory]
    [InlineData("/../etc/x")]
    [InlineData("a--b.slice:cri:x")]
    [InlineData("kubepods:cri:x")]
    [InlineData("../x.slice:cri:x")]
    [InlineData("x.slice:../cri:x")]
    public void APathThatLeadsElsewhereIsRefused(string cgroupsPath) =>
        Assert.Throws<FormatException>(() => CgroupPath.OfSandbox(cgroupsPath, "0a1b"));

    [Fact]
    public void HierarchiesOfBothVersionsAreFoundOnceEach()
    {
        var all = CgroupHierarchy.Read(s_hybrid);
        Assert.Equal(
            ["/sys/fs/cgroup/cpu,cpuacct cpu,cpuacct", "/sys/fs/cgroup/systemd name=systemd", "/sys/fs/cgroup/unified "],
            all.Select(hierarchy => $"{hierarchy.MountPoint} {string.Join(',', hierarchy.Controllers)}"));
        string[] own = ["9:name=systemd:/init.scope", "1:cpu,cpuacct:/system.slice", "0::/system.slice/containerd.service"];
        Assert.Equal(["/system.slice", "/init.scope", "/system.slice/containerd.service"], all.Select(hierarchy => hierarchy.GroupIn(own)));
        Assert.Equal("/", all[0].GroupIn([]));
        Assert.Equal("/sys/fs/cgroup/unified/kubepods/x", all[2].FolderOf("/kubepods/x"));
    }

    [Fact]
    public void ACgroupIsMadeWithItsParentsAndRemovedOrPassedOver()
    {
        // A plain folder stands for the file system: what is tested is which folders are made and removed.
        var root = System.IO.Directory.CreateTempSubdirectory();
        try
        {
            var hierarchy = new CgroupHierarchy(root.FullName, []);
            hierarchy.Make("/pods/a/katanet_x");
            hierarchy.Make("/pods/a/katanet_x");
            Assert.True(System.IO.Directory.Exists(hierarchy.FolderOf("/pods/a/katanet_x")));
            hierarchy.Remove("/pods/a/katanet_x");
            hierarchy.Remove("/pods/a/katanet_x");
            Assert.True(System.IO.Directory.Exists(hierarchy.FolderOf("/pods/a")));
            Assert.False(System.IO.Directory.Exists(hierarchy.FolderOf("/pods/a/katanet_x")));
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }
}
