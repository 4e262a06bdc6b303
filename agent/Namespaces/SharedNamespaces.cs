using System;
using System.IO;
using System.Threading;
using KataShimNet.Agent.Boot;
using KataShimNet.Agent.Processes;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Namespaces;

/// <summary>
/// The namespaces that the containers of the pod have in common. Each is held by a mount, so that it outlives every container
/// (namespaces(7)). The virtual machine is the pod's network namespace.
/// </summary>
/// <param name="reaper">Starts the first process of the shared pid namespace.</param>
internal sealed class SharedNamespaces(Reaper reaper)
{
    private const string Folder = "/run/sandbox-ns";

    // Guards making the pid namespace.
    private readonly Lock _gate = new();
    private volatile bool _made;

    /// <summary>Makes the namespaces for System V IPC and for the host name.</summary>
    /// <param name="hostname">The name in it; empty leaves the guest's.</param>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    public void Make(string hostname)
    {
        Directory.CreateDirectory(Folder);
        // On a thread of its own, which ends with it: the others stay where they are.
        OnNewThread(() =>
        {
            LinuxException.Check(Sched.unshare(Sched.CLONE_NEWIPC | Sched.CLONE_NEWUTS), "unshare", "CLONE_NEWIPC, CLONE_NEWUTS");
            if (hostname.Length > 0)
                GuestSystem.SetKernelHostname(hostname);
            Hold("/proc/thread-self/ns/ipc", "ipc");
            Hold("/proc/thread-self/ns/uts", "uts");
        });
        _made = true;
    }

    /// <summary>Path by which a container joins a namespace.</summary>
    /// <param name="type">As the specification names it.</param>
    /// <returns>Empty when the container gets its own.</returns>
    public string PathOf(string type) => _made && type is "ipc" or "uts" ? $"{Folder}/{type}" : "";

    /// <summary>Path of the shared pid namespace. It is made, with a process that holds it, when no container has brought it.</summary>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    public string PidPath()
    {
        lock (_gate)
        {
            if (!File.Exists($"{Folder}/pid"))
            {
                var pid = 0;
                OnNewThread(() =>
                {
                    LinuxException.Check(Sched.unshare(Sched.CLONE_NEWPID), "unshare", "CLONE_NEWPID");
                    (pid, _) = reaper.Start(new ChildStart { Path = PidNamespaceHolder.Program, Arguments = [PidNamespaceHolder.Program, PidNamespaceHolder.Verb] });
                });
                Hold($"/proc/{pid}/ns/pid", "pid");
            }

            return $"{Folder}/pid";
        }
    }

    /// <summary>Makes the pid namespace of a container the shared one, if there is none yet: that of the pod's pause container.</summary>
    /// <param name="pid">Its first process.</param>
    /// <exception cref="LinuxException">The process is gone.</exception>
    public void OfferPid(int pid)
    {
        lock (_gate)
        {
            if (!File.Exists($"{Folder}/pid"))
                Hold($"/proc/{pid}/ns/pid", "pid");
        }
    }

    private static void Hold(string ns, string type)
    {
        Directory.CreateDirectory(Folder);
        var path = $"{Folder}/{type}";
        File.Create(path).Dispose();
        try
        {
            Mounts.Bind(ns, path, recursive: false);
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    private static void OnNewThread(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(
            () =>
            {
                try
                {
                    action();
                }
                catch (Exception e)
                {
                    failure = e;
                }
            },
            128 * 1024);
        thread.Start();
        thread.Join();
        if (failure is not null)
            throw failure;
    }
}
