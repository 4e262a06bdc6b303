using System;
using System.Threading;

namespace KataShimNet.Fsd.Coherency;

/// <summary>Leases: who may promise something to its guest, and when a change may be made.</summary>
internal readonly unsafe ref partial struct LockedNode
{
    /// <summary>
    /// Asks for a lease. Only one guest has it at a time; a file that another used of late, or changes, or has open for writing, has none, and
    /// nor has one that was changed since what the guest is told was read.
    /// </summary>
    /// <param name="node">Node id by which the guest knows the file.</param>
    /// <param name="since">A time before that was read.</param>
    /// <param name="seen">The file's change time in what was read; 0: that is not known.</param>
    /// <param name="now">The time.</param>
    /// <param name="terms">For how long.</param>
    /// <param name="others">Room for <see cref="NodeSlot.MostUsers"/> numbers.</param>
    /// <returns>Whether the guest may be told <see cref="LeaseTerms.Validity"/>.</returns>
    public bool TryGrant(ulong node, long since, ulong seen, long now, in LeaseTerms terms, Span<ushort> others)
    {
        var mine = IsMine(node);
        if (seen != 0 && _slot->ChangedAt < since && !IsChanging)
        {
            // The version did not move, and yet it was changed: by somebody who is none of the daemons.
            if (_slot->KnownChange != 0 && _slot->KnownChange != seen)
                Contend(now, terms);
            _slot->KnownChange = seen;
        }

        if (_slot->LeaseUntil > now && !mine)
        {
            Contend(node, now, terms);
            return false;
        }

        if (_slot->ContendedUntil > now)
        {
            if (_slot->LastDaemon != _table.Daemon + 1 || _slot->LastNode != (uint)node)
                Contend(node, now, terms);
            return false;
        }

        if (_bucket->ClosedUntil > now || _slot->ChangedAt >= since
            // Also this daemon may be changing it, by another node of its guest; with the lease this one's changes are its own.
            || (mine && _slot->LeaseUntil > now ? Others(others, UseKind.Changing) > 0 : IsChanging)
            || Others(others, UseKind.Writers) > 0
            || terms.Validity == 0)
            return false;
        Use(node);
        var until = now + terms.Validity + terms.Margin;
        // First for how long, then to whom: who dies in between has told nobody anything.
        if (until > _slot->LeaseUntil)
            Volatile.Write(ref _slot->LeaseUntil, until);
        if (!mine)
        {
            _slot->LeaseNode = node;
            _slot->LeaseGeneration = _table.Generation;
            Volatile.Write(ref _slot->LeaseDaemon, (ushort)(_table.Daemon + 1));
        }

        return true;
    }

    /// <summary>Begins a change, unless another guest has a lease.</summary>
    /// <param name="node">Node id by which this daemon's guest knows the file; 0: it is not known to it.</param>
    /// <param name="now">The time.</param>
    /// <param name="terms">For how long nobody gets a lease when it meets another's use.</param>
    /// <returns>0: begun, and <see cref="EndChange"/> has to follow. Otherwise when to ask again, with <see cref="Await"/> until then.</returns>
    public long BeginChange(ulong node, long now, in LeaseTerms terms)
    {
        if (_slot->LeaseUntil > now && !IsMine(node))
            return _slot->LeaseUntil;

        if (_slot->ContendedUntil > now && (_slot->LastDaemon != _table.Daemon + 1 || _slot->LastNode != (uint)node))
            Contend(node, now, terms);
        Use(node);
        Touch(now);
        var user = Own(add: true);
        if (user != null)
            Raise(ref user->Changing);
        else
            Close(now);
        return 0;
    }

    /// <summary>
    /// Notes a change that waits, for a lease of this file or of another that it needs too: nobody gets one before it had its turn, or who looks
    /// all the time would have the next one before it asks again.
    /// </summary>
    /// <param name="node">As in <see cref="BeginChange"/>.</param>
    /// <param name="until">When it asks again.</param>
    /// <param name="terms">For how long nobody gets a lease from then on.</param>
    public void Await(ulong node, long until, in LeaseTerms terms) => Contend(node, until, terms);

    /// <summary>Ends a change that was begun.</summary>
    /// <param name="now">The time.</param>
    public void EndChange(long now)
    {
        Touch(now);
        var user = Own(add: false);
        if (user != null)
            Lower(user, ref user->Changing);
    }

    /// <summary>Begins a change of a file that has no slot, for want of room: nobody gets a lease in the bucket for a while.</summary>
    /// <param name="now">The time.</param>
    public void Close(long now) => Volatile.Write(ref _bucket->ClosedUntil, Math.Max(_bucket->ClosedUntil, now + LeaseTerms.Longest));

    /// <summary>Notes a use by somebody who is none of the daemons, so that nobody gets a lease for a while.</summary>
    /// <param name="now">The time.</param>
    /// <param name="terms">For how long.</param>
    public void Contend(long now, in LeaseTerms terms)
    {
        _slot->Version++;
        Contend(0, now, terms);
    }

    private bool IsMine(ulong node) =>
        _slot->LeaseDaemon == _table.Daemon + 1 && _slot->LeaseGeneration == _table.Generation && _slot->LeaseNode == node;

    private bool IsChanging
    {
        get
        {
            for (var i = 0; i < NodeSlot.MostUsers; i++)
            {
                var user = NodeTable.UserAt(_slot, i);
                if (user->Daemon != 0 && user->Changing != 0 && _table.Counts(user))
                    return true;
            }

            return false;
        }
    }

    private void Touch(long now)
    {
        _slot->Version++;
        _slot->KnownChange = 0;
        Volatile.Write(ref _slot->ChangedAt, Math.Max(_slot->ChangedAt, now));
    }

    private void Use(ulong node)
    {
        _slot->LastNode = (uint)node;
        _slot->LastDaemon = (ushort)(_table.Daemon + 1);
    }

    private void Contend(ulong node, long now, in LeaseTerms terms)
    {
        Volatile.Write(ref _slot->ContendedUntil, Math.Max(_slot->ContendedUntil, now + terms.Contention));
        Use(node);
    }
}
