using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.VhostFrontEnd.Daemons;
using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.VhostUser;

namespace KataShimNet.IntegrationTests.Confinement;

/// <summary>A daemon that serves a folder to a guest, in either form: started by a shim, or stand-alone with options.</summary>
public sealed class ServingDaemon : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    private readonly BackingFolder _folder = new(Backing.Ext4);
    private readonly FsdDaemon? _fsd;
    private readonly FrontEnd _device;

    private ServingDaemon(bool byShim, IEnumerable<string> options, InitFlags flags)
    {
        Directory.CreateDirectory(At(""));
        try
        {
            if (byShim)
            {
                _fsd = FsdDaemon.Start(Published.Fsd, options);
                Process = _fsd.Process;
                _fsd.AddExportAsync("e", At("")).Wait();
                _device = new FrontEnd(_fsd.Connection).Start();
            }
            else
            {
                var socket = _folder.Location + "/socket";
                Process = new Daemon(Published.Fsd, ["--socket-path", socket, "--shared-dir", At(""), .. options]);
                _device = new FrontEnd(VhostUserConnection.Connect(socket, TimeSpan.FromSeconds(5))).Start();
            }

            Fuse = new FuseClient(_device);
            _ = Fuse.Init(flags).Value;
            LeakCheck.Watch(Process);
            // A child has the name of who made it until it gives itself its own.
            if (!SpinWait.SpinUntil(() => Process.Processes().Any(p => new ProcessView(p).Name == "fsd-holder"), s_limit))
                throw new TimeoutException("no process is called fsd-holder");
        }
        catch (Exception e)
        {
            var log = Process?.Log;
            _fsd?.Dispose();
            Process?.Dispose();
            _folder.Dispose();
            throw new InvalidOperationException($"the daemon did not come up: {e.Message}\n{log}", e);
        }
    }

    /// <summary>Its first process.</summary>
    public Daemon Process { get; }

    /// <summary>The guest.</summary>
    public FuseClient Fuse { get; }

    /// <summary>The process that answers the guest.</summary>
    public ProcessView Worker => Named("fsd-worker");

    /// <summary>Starts one.</summary>
    public static ServingDaemon Start(bool byShim, params IEnumerable<string> options) => new(byShim, options, InitFlags.LinuxGuest);

    /// <summary>Starts one stand-alone, for a guest that offers certain flags.</summary>
    public static ServingDaemon StandAlone(InitFlags flags, params IEnumerable<string> options) => new(byShim: false, options, flags);

    /// <summary>Its process of a certain name.</summary>
    public ProcessView Named(string name) => Process.Processes().Select(p => new ProcessView(p)).Single(p => p.Name == name);

    /// <summary>Path on the host of something in the served folder.</summary>
    public string At(string name) => _folder.Location + "/shared/" + name;

    public void Dispose()
    {
        _device.Dispose();
        _fsd?.Dispose();
        Process.Dispose();
        _folder.Dispose();
    }
}
