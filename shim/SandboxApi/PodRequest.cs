using System;
using System.Collections.Generic;
using System.Linq;
using Google.Protobuf;
using KataShimNet.AgentProto.Containerd.Sandbox;
using KataShimNet.AgentProto.Cri;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Shim.Sandboxes;

namespace KataShimNet.Shim.SandboxApi;

/// <summary>Reads what a sandbox is to be from CreateSandbox: its options are the pod as the CRI describes it.</summary>
internal static class PodRequest
{
    private const string OptionsType = "runtime.v1.PodSandboxConfig";

    /// <summary>Reads a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="identity">Which sandbox.</param>
    /// <exception cref="TtrpcException">InvalidArgument: the options are of another kind, or damaged.</exception>
    public static SandboxRequest Read(CreateSandboxRequest request, SandboxIdentity identity)
    {
        var pod = ReadPod(request);
        var annotations = pod.Annotations.ToDictionary(a => a.Key, a => a.Value);
        foreach (var (key, value) in request.Annotations)
            annotations[key] = value;
        var security = pod.Linux?.SecurityContext;
        return new SandboxRequest(identity)
        {
            Hostname = pod.Hostname,
            Dns = DnsLines(pod.DnsConfig),
            Netns = request.NetnsPath.Length > 0 ? NetnsRequest.At(request.NetnsPath) : NetnsRequest.Host,
            CgroupsPath = CgroupsPath(pod.Linux?.CgroupParent ?? "", identity.Id),
            Limits = Limits(pod.Linux?.Resources),
            SharedPids = security?.NamespaceOptions is { Pid: NamespaceMode.Pod },
            Sysctls = pod.Linux is { } linux ? new Dictionary<string, string>(linux.Sysctls) : [],
            Annotations = annotations,
        };
    }

    /// <summary>The lines of resolv.conf(5) that a pod asks for; empty when it asks for none.</summary>
    public static IReadOnlyList<string> DnsLines(DNSConfig? dns)
    {
        var lines = new List<string>();
        if (dns is { Searches.Count: > 0 })
            lines.Add($"search {string.Join(' ', dns.Searches)}");
        lines.AddRange(dns?.Servers.Select(server => $"nameserver {server}") ?? []);
        if (dns is { Options.Count: > 0 })
            lines.Add($"options {string.Join(' ', dns.Options)}");
        return lines;
    }

    private static PodSandboxConfig ReadPod(CreateSandboxRequest request)
    {
        if (request.Options is not { } options)
            return new PodSandboxConfig();
        if (options.TypeUrl[(options.TypeUrl.LastIndexOf('/') + 1)..] != OptionsType)
            throw new TtrpcException(StatusCode.InvalidArgument, $"CreateSandbox: options of type {options.TypeUrl} are not understood; {OptionsType} is");
        try
        {
            return PodSandboxConfig.Parser.ParseFrom(options.Value);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new TtrpcException(StatusCode.InvalidArgument, $"CreateSandbox: the options cannot be read: {e.Message}", e);
        }
    }

    // As containerd makes linux.cgroupsPath of a pause container.
    private static string CgroupsPath(string parent, string id) => parent switch
    {
        "" => "",
        _ when parent.EndsWith(".slice", StringComparison.Ordinal) => $"{parent[(parent.LastIndexOf('/') + 1)..]}:cri-containerd:{id}",
        _ => $"{parent.TrimEnd('/')}/{id}",
    };

    private static SandboxLimits Limits(LinuxContainerResources? limits) => limits is null
        ? SandboxLimits.None
        : new SandboxLimits(
            limits.CpuQuota, (ulong)Math.Max(0, limits.CpuPeriod), (ulong)Math.Max(0, limits.CpuShares), Math.Max(0, limits.MemoryLimitInBytes));
}
