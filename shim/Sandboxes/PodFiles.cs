using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using KataShimNet.AgentProto.Kata.Oci;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>
/// What containerd prepares for the containers of a pod with a pause container, and a pod of the Sandbox API has from us: /etc/hostname,
/// /etc/hosts and /etc/resolv.conf, the common /dev/shm, and the pod's kernel settings.
/// </summary>
internal sealed class PodFiles
{
    private const string SharedMemory = "/dev/shm";

    private static readonly string[] s_names = ["hostname", "hosts", "resolv.conf"];

    private readonly string _folder;
    private readonly IReadOnlyDictionary<string, string> _sysctls;

    private PodFiles(string folder, IReadOnlyDictionary<string, string> sysctls) => (_folder, _sysctls) = (folder, sysctls);

    /// <summary>Writes the files. They go with the sandbox's state folder.</summary>
    /// <param name="stateFolder">The sandbox's state folder; made when it is not there.</param>
    /// <param name="request">What the sandbox is to be.</param>
    /// <exception cref="IOException">They cannot be written.</exception>
    public static PodFiles Write(string stateFolder, SandboxRequest request)
    {
        var folder = Path.Combine(stateFolder, "pod");
        Directory.CreateDirectory(stateFolder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "hostname"), (request.Hostname.Length > 0 ? request.Hostname : Environment.MachineName) + "\n");
        // As containerd does: names of the host are names of the pod, and a kubelet brings its own file.
        File.WriteAllText(Path.Combine(folder, "hosts"), ReadOrEmpty("/etc/hosts"));
        File.WriteAllText(
            Path.Combine(folder, "resolv.conf"), request.Dns.Count > 0 ? string.Join('\n', request.Dns) + "\n" : ReadOrEmpty("/etc/resolv.conf"));
        return new PodFiles(folder, request.Sysctls);
    }

    /// <summary>Adds to a container's specification what it does not say itself.</summary>
    /// <param name="spec">The specification, as containerd wrote it.</param>
    public void AddTo(Spec spec)
    {
        foreach (var name in s_names.Where(name => !spec.Mounts.Any(m => m.Destination == "/etc/" + name)))
        {
            spec.Mounts.Add(new Mount
            {
                Type = "bind",
                Source = Path.Combine(_folder, name),
                Destination = "/etc/" + name,
                Options = { "rbind", "rprivate", spec.Root?.Readonly == true ? "ro" : "rw" },
            });
        }

        if (spec.Linux is not { } linux)
            return;
        // With an IPC namespace of its own a container has shared memory of its own.
        if (linux.Namespaces.Any(n => n is { Type: "ipc", Path.Length: > 0 }) && spec.Mounts.FirstOrDefault(m => m is { Destination: SharedMemory, Type: "tmpfs" }) is { } memory)
        {
            memory.Type = "bind";
            memory.Source = SharedMemory;
            memory.Options.Clear();
            memory.Options.AddRange(["rbind", "nosuid", "noexec", "nodev"]);
        }

        foreach (var (key, value) in _sysctls)
            linux.Sysctl[key] = value;
    }

    private static string ReadOrEmpty(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
