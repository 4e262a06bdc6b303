using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using KataShimNet.AgentProto.Kata.Oci;
using KataShimNet.AgentProto.Oci;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>Reads what a sandbox is to be from config.json of the container that it is made for.</summary>
internal static class BundleRequest
{
    // Annotations with the limits of the whole pod, which containerd's CRI plugin sets on the pause container.
    private const string CpuQuotaKey = "io.kubernetes.cri.sandbox-cpu-quota";
    private const string CpuPeriodKey = "io.kubernetes.cri.sandbox-cpu-period";
    private const string CpuSharesKey = "io.kubernetes.cri.sandbox-cpu-shares";
    private const string MemoryKey = "io.kubernetes.cri.sandbox-memory";

    // More is no resolver configuration.
    private const long LongestResolvConf = 64 << 10;

    /// <summary>Reads config.json of a bundle.</summary>
    /// <param name="bundle">The bundle's folder.</param>
    /// <param name="identity">Which sandbox.</param>
    /// <returns>Null when there is no such file: the sandbox is made by CreateSandbox.</returns>
    /// <exception cref="InvalidDataException">The file is no OCI specification.</exception>
    public static SandboxRequest? Read(string bundle, SandboxIdentity identity)
    {
        var path = Path.Combine(bundle, "config.json");
        try
        {
            return From(OciJson.ReadSpec(File.ReadAllBytes(path)), identity);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (OciJsonException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>Takes from a specification what concerns its sandbox.</summary>
    /// <param name="spec">The specification.</param>
    /// <param name="identity">Which sandbox.</param>
    public static SandboxRequest From(Spec spec, SandboxIdentity identity) => new(identity)
    {
        Hostname = spec.Hostname,
        Dns = ReadDns(spec),
        Netns = FindNetns(spec.Linux),
        CgroupsPath = spec.Linux?.CgroupsPath ?? "",
        ShmSize = FindShmSize(spec),
        Limits = FindLimits(spec),
        Annotations = new Dictionary<string, string>(spec.Annotations),
    };

    private static NetnsRequest FindNetns(AgentProto.Kata.Oci.Linux? linux) =>
        linux?.Namespaces.FirstOrDefault(n => n.Type == "network") switch
        {
            null => NetnsRequest.Host,
            { Path.Length: > 0 } there => NetnsRequest.At(there.Path),
            _ => NetnsRequest.New,
        };

    private static SandboxLimits FindLimits(Spec spec)
    {
        var resources = spec.Linux?.Resources;
        if (!spec.Annotations.ContainsKey("io.kubernetes.cri.sandbox-id"))
            return new SandboxLimits(resources?.CPU?.Quota ?? 0, resources?.CPU?.Period ?? 0, resources?.CPU?.Shares ?? 0, Math.Max(0, resources?.Memory?.Limit ?? 0));
        return new SandboxLimits(
            Number(CpuQuotaKey), (ulong)Math.Max(0, Number(CpuPeriodKey)), (ulong)Math.Max(0, Number(CpuSharesKey)), Math.Max(0, Number(MemoryKey)));

        long Number(string key) =>
            long.TryParse(spec.Annotations.GetValueOrDefault(key, ""), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    private static long FindShmSize(Spec spec)
    {
        var mount = spec.Mounts.FirstOrDefault(m => m.Destination.TrimEnd('/') == "/dev/shm");
        if (mount is null)
            return SandboxRequest.DefaultShmSize;
        if (mount.Type != "bind" && !mount.Options.Any(o => o is "bind" or "rbind"))
            return mount.Options.Select(SizeOption).FirstOrDefault(size => size > 0, SandboxRequest.DefaultShmSize);
        // The host's own, for a pod that shares the host's IPC: its size says nothing of the guest's.
        return mount.Source.TrimEnd('/') == "/dev/shm" ? SandboxRequest.DefaultShmSize : SizeOf(mount.Source);
    }

    // tmpfs(5): bytes, with k, m or g behind them; a share of the memory in per cent says nothing here.
    private static long SizeOption(string option)
    {
        const string key = "size=";
        if (!option.StartsWith(key, StringComparison.Ordinal))
            return 0;
        var digits = option.AsSpan(key.Length).TrimEnd("kKmMgG");
        var shift = option[^1] switch
        {
            'k' or 'K' => 10,
            'm' or 'M' => 20,
            'g' or 'G' => 30,
            _ => 0,
        };
        return long.TryParse(digits, CultureInfo.InvariantCulture, out var size) && size > 0 && size <= long.MaxValue >> shift ? size << shift : 0;
    }

    private static unsafe long SizeOf(string path)
    {
        using var fd = new OwnedFd(Fcntl.openat(Fcntl.AT_FDCWD, path, Fcntl.O_PATH | Fcntl.O_CLOEXEC, 0));
        Statfs statistics;
        if (fd.IsInvalid || SysStatfs.fstatfs(fd.Fd, &statistics) != 0 || statistics.Blocks == 0)
            return SandboxRequest.DefaultShmSize;
        return (long)statistics.Blocks * statistics.BlockSize;
    }

    private static string[] ReadDns(Spec spec)
    {
        var mount = spec.Mounts.FirstOrDefault(m => m.Destination == "/etc/resolv.conf");
        try
        {
            return mount is not null && new FileInfo(mount.Source) is { Exists: true, Length: <= LongestResolvConf } file
                ? [.. File.ReadAllLines(file.FullName).Where(line => line.Length > 0)]
                : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without it the guest itself resolves no names; its containers do.
            return [];
        }
    }
}
