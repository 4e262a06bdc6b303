using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.Agent.Boot;
using KataShimNet.Agent.Storages;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Kata.Oci;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Agent.Containers;

/// <summary>Makes the spec that the host sent fit the guest: paths and namespaces of the host mean nothing here.</summary>
internal static class SpecAdapter
{
    /// <summary>Changes a spec in place.</summary>
    /// <param name="spec">The spec.</param>
    /// <param name="containerId">Id of its container.</param>
    /// <param name="sharedNamespace">Path of the namespace of a type that the containers of the pod have in common, or empty.</param>
    /// <exception cref="TtrpcException">InvalidArgument: a part that no container can do without is missing.</exception>
    public static void Adapt(Spec spec, string containerId, Func<string, string> sharedNamespace)
    {
        if (spec.Process is null || spec.Process.Args.Count == 0)
            throw Missing("process.args");
        if (string.IsNullOrEmpty(spec.Root?.Path))
            throw Missing("root.path");
        if (spec.Version.Length == 0)
            spec.Version = "1.0.2";
        // A relative path is one below the share: the host need not know where we have it.
        spec.Root.Path = PathRules.Absolute(
            spec.Root.Path.StartsWith('/') ? spec.Root.Path : $"{GuestContract.SharePath}/{spec.Root.Path}", "root.path");
        spec.Linux ??= new AgentProto.Kata.Oci.Linux();
        spec.Linux.CgroupsPath = CgroupOf(containerId);
        AdaptNamespaces(spec.Linux, sharedNamespace);
        DropHostOnly(spec);
    }

    /// <summary>The cgroup of a container, below the root of the cgroup2 tree.</summary>
    /// <param name="containerId">Id of the container.</param>
    public static string CgroupOf(string containerId) => $"{Cgroups.Parent}/{containerId}";

    private static TtrpcException Missing(string part) => new(StatusCode.InvalidArgument, $"the container's spec lacks {part}");

    // The virtual machine is the pod's network namespace, and its clock.
    private static void AdaptNamespaces(AgentProto.Kata.Oci.Linux linux, Func<string, string> sharedNamespace)
    {
        var kept = new List<LinuxNamespace>();
        foreach (var ns in linux.Namespaces)
        {
            if (ns.Type is not ("network" or "time"))
                Keep(ns.Type);
        }

        Keep("mount");
        Keep("pid");
        // A host with cgroup v1 asks for none: the guest's groups are v2, and a program is to find its limits at /sys/fs/cgroup all the same.
        Keep("cgroup");
        // Nothing of the guest itself is for a container, also where its specification asks for the host's.
        foreach (var type in (string[])["ipc", "uts"])
        {
            if (sharedNamespace(type).Length > 0)
                Keep(type);
        }

        linux.Namespaces.Clear();
        linux.Namespaces.AddRange(kept);

        void Keep(string type)
        {
            if (!kept.Any(k => k.Type == type))
                kept.Add(new LinuxNamespace { Type = type, Path = sharedNamespace(type) });
        }
    }

    private static void DropHostOnly(Spec spec)
    {
        // Prestart and the like ran on the host; only this one is for inside the container.
        if (spec.Hooks is { } hooks)
        {
            hooks.Prestart.Clear();
            hooks.Poststart.Clear();
            hooks.Poststop.Clear();
            hooks.CreateRuntime.Clear();
            hooks.CreateContainer.Clear();
        }

        // The guest kernel runs without a policy of the host's.
        spec.Process.ApparmorProfile = "";
        spec.Process.SelinuxLabel = "";
        spec.Linux.MountLabel = "";
        spec.Linux.IntelRdt = null;
        if (spec.Linux.Resources is { } resources)
            DropHostOnly(resources);
    }

    /// <summary>Drops those limits that name parts of the host.</summary>
    /// <param name="resources">The limits; changed in place.</param>
    public static void DropHostOnly(LinuxResources resources)
    {
        resources.BlockIO = null;
        resources.Network = null;
        foreach (var key in resources.Unified.Keys.Where(NamesHost).ToArray())
            resources.Unified.Remove(key);
        // CPU and node numbers are those of the host.
        if (resources.CPU is { } cpu)
        {
            cpu.Cpus = "";
            cpu.Mems = "";
        }
    }

    // Files of cgroup v2 that hold numbers of devices, processors and nodes.
    private static bool NamesHost(string file) => file.StartsWith("io.", StringComparison.Ordinal) || file.StartsWith("cpuset.", StringComparison.Ordinal);
}
