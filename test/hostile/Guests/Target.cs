using System;
using System.IO;
using System.Linq;
using KataShimNet.VhostFrontEnd.Daemons;
using KataShimNet.VhostFrontEnd.VhostUser;

namespace KataShimNet.Hostile.Guests;

/// <summary>A daemon that is attacked: katanet-fsd, or virtiofsd, by which the cases are known to bite.</summary>
internal sealed class Target : IDisposable
{
    private readonly IDisposable _daemon;
    private Target(IDisposable daemon, Daemon process, VhostUserConnection connection, bool isOurs)
    {
        _daemon = daemon;
        Process = process;
        Connection = connection;
        IsOurs = isOurs;
        Watch = new ProcessWatch(process);
    }

    /// <summary>The first process and its log.</summary>
    public Daemon Process { get; }

    /// <summary>The vhost-user connection; nothing was sent on it.</summary>
    public VhostUserConnection Connection { get; }

    /// <summary>Whether it is katanet-fsd, which has exports below a root of its own.</summary>
    public bool IsOurs { get; }

    /// <summary>Its processes, as they were when it had started.</summary>
    public ProcessWatch Watch { get; private set; }

    /// <summary>Looks at its processes anew: the daemon serves, so helpers of its start are gone.</summary>
    public void HasStarted() => Watch = new ProcessWatch(Process);

    /// <summary>Starts katanet-fsd: with the exports e and f, as a shim does, or with the options of a case on the folder above them.</summary>
    public static Target StartOurs(string program, HostTree tree, string[] alone)
    {
        if (alone.Length > 0)
        {
            var single = StandaloneFsd.Start(program, tree.Served, alone);
            return new Target(single, single.Process, single.Connection, isOurs: true);
        }

        var fsd = FsdDaemon.Start(program);
        try
        {
            fsd.AddExportAsync("e", Path.Combine(tree.Served, "e")).Wait();
            fsd.AddExportAsync("f", Path.Combine(tree.Served, "f")).Wait();
            return new Target(fsd, fsd.Process, fsd.Connection, isOurs: true);
        }
        catch (Exception e)
        {
            var log = fsd.Process.Log;
            fsd.Dispose();
            throw new InvalidOperationException($"{fsd.Process.Command} did not start: {e.Message}\n{log}", e);
        }
    }

    /// <summary>Starts virtiofsd of a Debian tree on the folder above the exports.</summary>
    public static Target StartVirtiofsd(string debianTree, string sandbox, HostTree tree)
    {
        var virtiofsd = VirtiofsdDaemon.Start(debianTree, tree.Served, "--sandbox=" + sandbox, "--xattr", "--killpriv-v2", "--announce-submounts");
        return new Target(virtiofsd, virtiofsd.Process, virtiofsd.Connection, isOurs: false);
    }

    /// <summary>How it has ended, in words; null while all of its processes live.</summary>
    public string? End()
    {
        if (Process.WaitForExit(TimeSpan.Zero) is { } exit)
            return exit.ToString();
        return Watch.Missing() is { } pid ? $"its process {pid} is gone or another" : null;
    }

    /// <summary>Whether its end, if it came, was by a signal or by a panic rather than by its own decision.</summary>
    public bool Crashed() =>
        Process.WaitForExit(TimeSpan.FromSeconds(1)) is not { } exit || exit.Signalled || exit.Code is not (0 or 1)
        || new[] { "panicked", "Unhandled", "worker has ended", "the worker died" }.Any(word => Process.Log.Contains(word, StringComparison.OrdinalIgnoreCase));

    /// <inheritdoc/>
    public void Dispose() => _daemon.Dispose();
}
