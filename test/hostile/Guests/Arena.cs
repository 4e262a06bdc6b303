using System;
using KataShimNet.Hostile.Cases;
using KataShimNet.Linux;
using KataShimNet.VhostFrontEnd;
using KataShimNet.VhostFrontEnd.VhostUser;

namespace KataShimNet.Hostile.Guests;

/// <summary>Runs cases against daemons of one kind. A daemon serves case after case as long as it takes no harm.</summary>
/// <param name="start">Starts a daemon, with the options that a case has for one of its own.</param>
/// <param name="started">Called with each daemon that was started.</param>
internal sealed class Arena(Func<HostTree, string[], Target> start, Action<Target>? started = null) : IDisposable
{
    private static readonly FrontEndOptions s_options = new() { RequestQueues = 2, QueueSize = 64, Timeout = TimeSpan.FromSeconds(3) };

    private readonly HostTree _tree = new();
    private Target? _target;
    private FrontEnd? _device;
    private Guest? _guest;
    private int _openFiles;

    /// <summary>Daemons that were started.</summary>
    public int Started { get; private set; }

    /// <summary>Runs a case.</summary>
    /// <returns>What it came to.</returns>
    public Outcome Run(HostileCase attack)
    {
        if (attack.NeedsOwnDaemon)
            Drop();
        for (var tries = 0; _guest is null; tries++)
        {
            try
            {
                Start(attack.Options ?? s_options, attack.Alone);
            }
            catch (TimeoutException) when (tries < 5)
            {
                // A machine that is busy, and the short patience with a daemon that is known to hang.
                Drop();
            }
        }

        var outcome = Judge(attack, _guest!);
        if (!Harmless(outcome.Verdict) || attack.NeedsOwnDaemon)
            Drop();
        return outcome;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Drop();
        _tree.Dispose();
    }

    private void Start(FrontEndOptions options, string[] alone)
    {
        if (!_tree.IsPristine)
            _tree.Build();
        _target = start(_tree, alone);
        Started++;
        started?.Invoke(_target);
        // virtiofsd has one request queue.
        _device = new FrontEnd(_target.Connection, options with { RequestQueues = _target.IsOurs ? options.RequestQueues : 1, Timeout = _target.IsOurs ? options.Timeout : TimeSpan.FromSeconds(0.8) }).Start();
        _guest = new Guest(_tree, _target, _device);
        // Once with all that is opened when it is first needed, so that it is not taken for a leak.
        _guest.Renew();
        _ = _guest.FileHandle + _guest.FolderHandle;
        _guest.AssertServes();
        _guest.Renew();
        _target.HasStarted();
        _openFiles = _target.Watch.OpenFiles();
    }

    private void Drop()
    {
        _device?.Dispose();
        _target?.Dispose();
        (_device, _target, _guest) = (null, null, null);
    }

    private Outcome Judge(HostileCase attack, Guest guest)
    {
        var (verdict, detail) = (Verdict.Held, "");
        try
        {
            guest.Renew();
            attack.Attack(guest);
        }
        catch (AttackException e)
        {
            (verdict, detail) = (e.Verdict, e.Message);
        }
        catch (TimeoutException e)
        {
            (verdict, detail) = (Verdict.Hang, e.Message);
        }
        catch (Exception e) when (e is FrontEndException or LinuxException)
        {
            (verdict, detail) = (Verdict.WrongEffect, e.Message);
        }

        return Afterwards(attack, guest, verdict, detail);
    }

    // What the host sees weighs more than what the guest was told.
    private Outcome Afterwards(HostileCase attack, Guest guest, Verdict verdict, string detail)
    {
        if (_tree.OutsideChange is { } change)
            return new Outcome(attack, Verdict.Escape, change);
        if (verdict == Verdict.Escape)
            return new Outcome(attack, verdict, detail);
        if (guest.Target.End() is { } end)
        {
            var log = guest.Target.Process.Log;
            var crashed = guest.Target.Crashed();
            if (attack.MayEnd && !crashed && Harmless(verdict))
                return new Outcome(attack, verdict, detail);
            return new Outcome(attack, crashed ? Verdict.Crash : Verdict.Exit, $"{end}; {detail}\n{Last(log)}");
        }

        if (Harmless(verdict))
            (verdict, detail) = GoesOn(attack, guest, verdict, detail);
        return new Outcome(attack, verdict, Harmless(verdict) ? detail : $"{detail}\n{Last(guest.Target.Process.Log)}");
    }

    private (Verdict Verdict, string Detail) GoesOn(HostileCase attack, Guest guest, Verdict verdict, string detail)
    {
        if (attack.EndsConnection)
            return (verdict, detail);
        try
        {
            guest.AssertServes();
            if (!_tree.IsPristine)
            {
                var difference = _tree.Difference();
                _tree.Build();
                if (!attack.Changes)
                    return (Verdict.WrongEffect, "the files were changed: " + difference);
            }

            guest.Renew();
            var open = guest.Target.Watch.OpenFiles();
            return open > _openFiles ? (Verdict.Leak, $"{open - _openFiles} descriptors more than before") : (verdict, detail);
        }
        catch (TimeoutException e)
        {
            return (Verdict.Hang, $"afterwards: {e.Message}");
        }
        catch (Exception e) when (e is AttackException or FrontEndException or LinuxException)
        {
            return (Verdict.WrongEffect, $"afterwards: {e.Message}");
        }
    }

    // What the daemon's answer was may be wrong, but it took no harm.
    private static bool Harmless(Verdict verdict) => verdict is Verdict.Held or Verdict.OtherError or Verdict.Accepted;

    private static string Last(string log) => log.Length < 1500 ? log : log[^1500..];
}
