using System;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.VhostFrontEnd.Daemons;
using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.VhostUser;

namespace KataShimNet.IntegrationTests.Coherency;

/// <summary>A pod of a node: a daemon that uses the node's table, and a guest that has the shared folder.</summary>
internal sealed class Tenant : IDisposable
{
    public const int ValidityMs = 400;
    public const int MarginMs = 600;
    public const int ContentionMs = 500;

    private readonly FsdDaemon _daemon;

    public Tenant(string coherency, string folder)
    {
        _daemon = FsdDaemon.Start(
            Published.Fsd, "--coherency-dir", coherency, "--leases", $"{ValidityMs},{MarginMs},{ContentionMs}", "--log-level", "debug");
        _daemon.AddExportAsync("e", folder, CoherencyClass.Shared).Wait();
        Fuse = _daemon.StartDevice(new FrontEndOptions());
        Root = Fuse.Lookup(FuseValues.RootId, "e").Value.NodeId;
        LeakCheck.Watch(_daemon.Process);
    }

    public FuseClient Fuse { get; }

    public ulong Root { get; }

    public ControlClient Control => _daemon.Control;

    public string Log => _daemon.Process.Log;

    public FuseEntry Lookup(string name) => Fuse.Lookup(Root, name).Value;

    /// <summary>Kills the keeper, and with it all of the daemon.</summary>
    public void Kill() => End(_daemon.Process.Pid);

    /// <summary>Kills the worker and waits until another serves.</summary>
    public void KillWorker()
    {
        var old = Control.GetStatusAsync().Result.WorkerPid;
        End(old);
        while (Control.GetStatusAsync().Result.WorkerPid == old)
            System.Threading.Thread.Yield();
    }

    public void Dispose() => _daemon.Dispose();

    private void End(int pid)
    {
        using var process = PidFd.TryOpen(pid) ?? throw new InvalidOperationException($"there is no process {pid}\n{Log}");
        _ = process.Kill(9);
        if (!process.WaitForExit(TimeSpan.FromSeconds(10)))
            throw new TimeoutException($"process {pid} lives on");
    }
}
