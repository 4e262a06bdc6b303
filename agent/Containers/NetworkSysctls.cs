using System;
using System.IO;
using System.Linq;
using KataShimNet.AgentProto.Kata.Oci;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Agent.Containers;

/// <summary>
/// The <c>net.*</c> settings of a container's spec (sysctl(8)). They belong to the network namespace, and that is the guest's own: crun
/// refuses them for a container without a new one, so they are set here.
/// </summary>
internal static class NetworkSysctls
{
    private const string Tree = "/proc/sys";

    /// <summary>Takes the settings out of a spec and writes them.</summary>
    /// <param name="spec">The spec.</param>
    /// <exception cref="TtrpcException">InvalidArgument: no such setting, or the kernel takes no such value.</exception>
    public static void Apply(Spec spec)
    {
        if (spec.Linux is not { } linux)
            return;
        foreach (var (key, value) in linux.Sysctl.Where(s => s.Key.StartsWith("net.", StringComparison.Ordinal)).ToArray())
        {
            linux.Sysctl.Remove(key);
            try
            {
                File.WriteAllText(PathOf(key), value);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new TtrpcException(StatusCode.InvalidArgument, $"the guest does not take linux.sysctl {key}={value}: {e.Message}", e);
            }
        }
    }

    /// <summary>The file of a setting.</summary>
    /// <param name="key">Its name: dots are slashes, and a slash is a dot, as in <c>net.ipv4.conf.eth0/100.forwarding</c>.</param>
    /// <exception cref="TtrpcException">InvalidArgument: the name leads elsewhere.</exception>
    public static string PathOf(string key)
    {
        var parts = key.Split('.').Select(part => part.Replace('/', '.')).ToArray();
        return parts.Any(part => part is "" or "." or ".." || part.Contains('\0', StringComparison.Ordinal))
            ? throw new TtrpcException(StatusCode.InvalidArgument, $"linux.sysctl: '{key}' is no name of a setting")
            : $"{Tree}/{string.Join('/', parts)}";
    }
}
