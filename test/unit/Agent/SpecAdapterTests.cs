using System.Linq;
using KataShimNet.Agent.Containers;
using KataShimNet.AgentProto.Kata.Oci;
using KataShimNet.AgentProto.Ttrpc;
using Xunit;

namespace KataShimNet.UnitTests.Agent;

public sealed class SpecAdapterTests
{
    [Fact]
    public void NamespacesOfTheHostGoAndThoseOfTheContainerStay()
    {
        var spec = NewSpec();
        foreach (var type in new[] { "network", "time", "ipc", "uts", "cgroup", "ipc" })
            spec.Linux.Namespaces.Add(new LinuxNamespace { Type = type, Path = "/proc/1/ns/x" });
        SpecAdapter.Adapt(spec, "c1", NothingShared);
        Assert.Equal(["ipc", "uts", "cgroup", "mount", "pid"], spec.Linux.Namespaces.Select(n => n.Type));
        Assert.All(spec.Linux.Namespaces, n => Assert.Equal("", n.Path));
    }

    [Fact]
    public void SharedNamespacesAreJoined()
    {
        var spec = NewSpec();
        foreach (var type in new[] { "pid", "ipc" })
            spec.Linux.Namespaces.Add(new LinuxNamespace { Type = type, Path = "/proc/4711/ns/" + type });
        SpecAdapter.Adapt(spec, "c1", type => type is "pid" or "ipc" or "uts" ? $"/shared/{type}" : "");
        Assert.Equal(["pid /shared/pid", "ipc /shared/ipc", "mount ", "cgroup ", "uts /shared/uts"], spec.Linux.Namespaces.Select(n => $"{n.Type} {n.Path}"));
    }

    [Theory]
    [InlineData("c1/", "/run/kata-containers/shared/containers/c1")]
    [InlineData("/run/kata-containers/shared/containers/c1", "/run/kata-containers/shared/containers/c1")]
    public void ARelativeRootIsBelowTheShare(string root, string expected)
    {
        var spec = NewSpec();
        spec.Root.Path = root;
        SpecAdapter.Adapt(spec, "c1", NothingShared);
        Assert.Equal(expected, spec.Root.Path);
    }

    [Fact]
    public void TheCgroupIsOursAndHostResourcesAreDropped()
    {
        var spec = NewSpec();
        spec.Linux.CgroupsPath = "kubepods.slice:cri-containerd:abc";
        spec.Linux.Resources = new LinuxResources { CPU = new LinuxCPU { Cpus = "8-9", Mems = "1", Shares = 512 }, BlockIO = new LinuxBlockIO { Weight = 5 } };
        spec.Hooks = new Hooks();
        spec.Hooks.Prestart.Add(new Hook { Path = "/host/hook" });
        spec.Hooks.StartContainer.Add(new Hook { Path = "/in/container" });
        spec.Process.SelinuxLabel = "system_u:system_r:container_t:s0";
        SpecAdapter.Adapt(spec, "c1", NothingShared);
        Assert.Equal("/katanet/c1", spec.Linux.CgroupsPath);
        Assert.Equal(("", "", 512ul), (spec.Linux.Resources.CPU.Cpus, spec.Linux.Resources.CPU.Mems, spec.Linux.Resources.CPU.Shares));
        Assert.Null(spec.Linux.Resources.BlockIO);
        Assert.Empty(spec.Hooks.Prestart);
        Assert.Single(spec.Hooks.StartContainer);
        Assert.Equal("", spec.Process.SelinuxLabel);
    }

    [Fact]
    public void WithoutAProgramOrARootItIsRefused()
    {
        var noArgs = NewSpec();
        noArgs.Process.Args.Clear();
        var noRoot = NewSpec();
        noRoot.Root = null;
        foreach (var spec in new[] { noArgs, noRoot })
            Assert.Equal(StatusCode.InvalidArgument, Assert.Throws<TtrpcException>(() => SpecAdapter.Adapt(spec, "c1", NothingShared)).Code);
    }

    [Theory]
    [InlineData("executable file `foo` not found in $PATH: No such file or directory", StatusCode.NotFound)]
    [InlineData("exec container process `/bin/x`: Exec format error", StatusCode.InvalidArgument)]
    [InlineData("the path `/etc/x` exists but it is not executable: Operation not permitted", StatusCode.PermissionDenied)]
    [InlineData("write to something: No space left on device", StatusCode.ResourceExhausted)]
    [InlineData("anything else", StatusCode.Internal)]
    public void WhatCrunSaysBecomesACode(string said, StatusCode expected)
    {
        var error = CrunError.From("create", "c1", said);
        Assert.Equal(expected, error.Code);
        Assert.Contains(said, error.Message, System.StringComparison.Ordinal);
    }

    private static string NothingShared(string type) => "";

    private static Spec NewSpec()
    {
        var spec = new Spec { Process = new Process { Cwd = "/" }, Root = new Root { Path = "c1" }, Linux = new KataShimNet.AgentProto.Kata.Oci.Linux() };
        spec.Process.Args.Add("true");
        return spec;
    }
}
