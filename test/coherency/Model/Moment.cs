namespace KataShimNet.CoherencyTests.Model;

/// <summary>What is known of a time that a file carries: nobody says it, so it is learnt from the first stat after each change.</summary>
/// <param name="Knowledge">How <paramref name="Value"/> bounds it.</param>
/// <param name="Value">Nanoseconds.</param>
internal readonly record struct Moment(Knowledge Knowledge, ulong Value)
{
    /// <summary>A change begins: a stat may see the old time or a new one.</summary>
    public Moment Start() => Knowledge switch
    {
        Knowledge.Exactly => this with { Knowledge = Knowledge.LeavingKnown },
        Knowledge.After => this with { Knowledge = Knowledge.LeavingAfter },
        Knowledge.AtLeast => this with { Knowledge = Knowledge.Leaving },
        _ => this,
    };

    /// <summary>A change is made.</summary>
    /// <param name="distinct">Whether the host gives a time that differs from one that was looked at (Linux 6.13 and later).</param>
    public Moment Finish(bool distinct) => Knowledge switch
    {
        Knowledge.LeavingKnown => this with { Knowledge = distinct ? Knowledge.After : Knowledge.AtLeast },
        Knowledge.LeavingAfter => this with { Knowledge = Knowledge.After },
        Knowledge.After => this,
        _ => this with { Knowledge = Knowledge.AtLeast },
    };

    /// <summary>A stat says it.</summary>
    /// <returns>Null when it cannot be.</returns>
    public Moment? See(ulong value)
    {
        var possible = Knowledge switch
        {
            Knowledge.Exactly => value == Value,
            Knowledge.After or Knowledge.LeavingAfter => value > Value,
            _ => value >= Value,
        };
        return !possible ? null : Knowledge switch
        {
            Knowledge.LeavingKnown when value == Value => this,
            // It may go further yet: some calls move a time twice.
            Knowledge.LeavingKnown or Knowledge.LeavingAfter or Knowledge.Leaving => new Moment(Knowledge.Leaving, value),
            _ => new Moment(Knowledge.Exactly, value),
        };
    }

    public override string ToString() => Knowledge == Knowledge.AtLeast && Value == 0 ? "any" : $"{Knowledge} {Value}";
}

/// <summary>How a value bounds a time.</summary>
internal enum Knowledge
{
    AtLeast,
    Exactly,
    After,

    /// <summary>A change is under way; it was exactly the value before.</summary>
    LeavingKnown,

    /// <summary>A change is under way; it was after the value before.</summary>
    LeavingAfter,

    /// <summary>A change is under way; it is at least the value.</summary>
    Leaving,
}
