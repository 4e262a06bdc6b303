using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.CoherencyTests.Histories;
using KataShimNet.CoherencyTests.Model;
using KataShimNet.Linux;

namespace KataShimNet.CoherencyTests.Checking;

/// <summary>
/// Says whether a history is linearizable: whether each call's steps can be put at moments between its begin and its end so that a local file
/// system would have given every result (Wing and Gong; just in time, with the configurations memoised, as Lowe does). All configurations that
/// the results allow are kept while the clock goes on; the calls of few clients overlap, so they are few.
/// </summary>
/// <param name="clients">How many there are.</param>
/// <param name="rules">The host's.</param>
internal sealed class Checker(int clients, Rules rules)
{
    // A real history has some dozen.
    private const int MostConfigurations = 50_000;
    private const int StatesShown = 2;

    private readonly Record?[] _pending = new Record?[clients];
    private readonly HashSet<Configuration> _found = [];
    private readonly Stack<Configuration> _open = new();
    private List<Configuration> _possible = [Configuration.Start(clients)];

    /// <summary>The most configurations there were at a time.</summary>
    public int Widest { get; private set; }

    /// <summary>Checks a history that begins with an empty folder.</summary>
    /// <param name="calls">The calls of all clients, in any order.</param>
    /// <param name="clients">How many clients there are.</param>
    /// <param name="rules">The host's.</param>
    public static Verdict Check(IReadOnlyCollection<Record> calls, int clients, Rules rules) => new Checker(clients, rules).Run(calls);

    private Verdict Run(IReadOnlyCollection<Record> calls)
    {
        var violations = new List<Violation>();
        var events = calls.Select(call => (At: call.Begin, Call: call)).Concat(calls.Select(call => (At: call.End, Call: call))).OrderBy(e => e.At).ToList();
        var done = 0;
        foreach (var (at, call) in events)
        {
            if (at == call.Begin)
            {
                _pending[call.Client] = call;
                continue;
            }

            var reached = Reach(call.Client, null);
            Widest = Math.Max(Widest, _found.Count);
            if (reached.Count > 0)
            {
                _possible = reached;
            }
            else
            {
                violations.Add(Explain(call, calls));
                // What it did cannot be known when it says that it changed something: the rest is not checked.
                if (!Forget(call))
                    break;
            }

            _pending[call.Client] = null;
            done++;
        }

        return new Verdict(done, calls.Count, violations, Widest);
    }

    // All configurations in which a client's call is over, and the client idle. What is tried is in _found.
    private List<Configuration> Reach(int client, ICollection<string>? reasons)
    {
        _found.Clear();
        var reached = new HashSet<Configuration>();
        foreach (var configuration in _possible)
            Try(configuration);
        while (_open.TryPop(out var configuration))
        {
            if (configuration.Of(client).IsFinished)
            {
                reached.Add(configuration.Idle(client));
                continue;
            }

            for (var i = 0; i < clients; i++)
            {
                if (_pending[i] is not { } call || configuration.Of(i).IsFinished)
                    continue;
                if (Steps.Take(configuration, call, rules, i == client ? reasons : null) is { } next)
                    Try(next);
                if (Steps.TakeOther(configuration, call, rules) is { } other)
                    Try(other);
            }
        }

        return [.. reached];
    }

    private void Try(Configuration configuration)
    {
        if (!_found.Add(configuration))
            return;
        if (_found.Count > MostConfigurations)
            throw new InvalidOperationException($"more than {MostConfigurations} configurations: the model does not tell them apart");
        _open.Push(configuration);
    }

    private Violation Explain(Record call, IReadOnlyCollection<Record> calls)
    {
        var reasons = new HashSet<string>();
        _ = Reach(call.Client, reasons);
        // States in which other calls wait for their locks give none.
        if (reasons.Count == 0)
            reasons.Add("it would wait");
        return new Violation(call, [.. reasons.Order(StringComparer.Ordinal)], Window.Of(call, calls), [.. _possible.Select(c => c.State.ToString()).Distinct().Take(StatesShown)]);
    }

    private bool Forget(Record call)
    {
        var changes = call.Error == Errno.None && call.Operation is not (Operation.Stat or Operation.Fstat or Operation.Read or Operation.Load or Operation.List);
        _possible = [.. _found.Where(c => c.Of(call.Client).Phase == 0).Select(c => c.Idle(call.Client)).Distinct()];
        return !changes;
    }
}
