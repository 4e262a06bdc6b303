using System.Collections.Generic;
using KataShimNet.CoherencyTests.Histories;
using KataShimNet.Linux;

namespace KataShimNet.CoherencyTests.Model;

/// <summary>A client's next step: what it may do to the configuration, and whether that fits what the call gave.</summary>
/// <param name="from">Where the history is.</param>
/// <param name="call">The client's call.</param>
/// <param name="rules">The host's.</param>
/// <param name="reasons">Receives why a step does not fit; null when nobody asks.</param>
internal readonly ref struct Turn(Configuration from, Record call, Rules rules, ICollection<string>? reasons)
{
    public Record Call => call;

    public FsState State => from.State;

    public bool DistinctTimes => rules.DistinctTimes;

    /// <summary>How far the call has come.</summary>
    public Progress At => from.Of(call.Client);

    /// <summary>Whether another call holds a node's lock: the step has to wait.</summary>
    public bool IsHeld(int id) => id != 0 && from.IsHeld(id, call.Client);

    /// <summary>Goes on to a phase.</summary>
    public Configuration Go(Progress progress, FsState? state = null) => from.With(call.Client, progress, state ?? State);

    /// <summary>The call fails here.</summary>
    public Configuration? Fail(Errno errno)
    {
        if (call.Error == errno)
            return Finish(State);
        reasons?.Add($"it would fail with {errno}");
        return null;
    }

    /// <summary>Whether the call succeeded, as it does from here on.</summary>
    public bool Succeeds()
    {
        if (call.Error == Errno.None)
            return true;
        reasons?.Add("it would succeed");
        return false;
    }

    /// <summary>The call succeeds here.</summary>
    public Configuration? Done(FsState state) => Succeeds() ? Finish(state) : null;

    /// <summary>What the call gave does not fit.</summary>
    public Configuration? Differs(string why)
    {
        reasons?.Add(why);
        return null;
    }

    /// <summary>Whether somebody asks for reasons.</summary>
    public bool IsAsked => reasons is not null;

    private Configuration Finish(FsState state) => from.With(call.Client, new Progress { Phase = Progress.Finished }, state);
}
