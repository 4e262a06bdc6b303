using System;
using System.Threading;

namespace KataShimNet.Fsd.Coherency;

/// <summary>What the guest may believe, and when it may change things: the node's table as the requests of one guest see it.</summary>
/// <remarks>Any thread may call. Nothing here waits, but for <see cref="Suspend"/>.</remarks>
internal sealed class Coherence : IDisposable
{
    private readonly NodeTable _table;
    private readonly LeaseTerms _terms;
    private volatile bool _suspended;

    /// <summary>Uses a table.</summary>
    /// <param name="table">The table; owned from here on.</param>
    /// <param name="terms">For how long something may be believed.</param>
    public Coherence(NodeTable table, LeaseTerms terms)
    {
        _table = table;
        _terms = terms;
        _table.NoteLongest(terms.Validity + terms.Margin);
        ValidSeconds = (ulong)(terms.Validity / BootClock.Second);
        ValidNanoseconds = (uint)(terms.Validity % BootClock.Second);
    }

    /// <summary>Whole seconds of what a guest with a lease is told.</summary>
    public ulong ValidSeconds { get; }

    /// <summary>The rest of it.</summary>
    public uint ValidNanoseconds { get; }

    /// <summary>The table.</summary>
    public NodeTable Table => _table;

    /// <summary>To be called once, when all open files were counted (<see cref="TryOpen"/>) that an earlier worker left.</summary>
    public void Begin() => _table.Begin();

    /// <summary>Asks for a lease of a file.</summary>
    /// <param name="key">The file.</param>
    /// <param name="node">Node id by which the guest knows it.</param>
    /// <param name="since">A time before what the guest is told was read.</param>
    /// <param name="seen">The file's change time in that, in nanoseconds since 1970; 0: not known.</param>
    /// <returns>Whether the guest may be told that it is valid.</returns>
    public bool TryGrant(in FileKey key, ulong node, long since, ulong seen)
    {
        using var slot = _table.Lock(key, add: true);
        if (!slot.Exists)
            return false;
        var now = BootClock.Now;
        // What took this long may take as long again on its way to the guest: the margin is not for that.
        var terms = _suspended || now - since > _terms.Margin / 2 ? _terms with { Validity = 0 } : _terms;
        return slot.TryGrant(node, since, seen, now, terms, stackalloc ushort[NodeSlot.MostUsers]);
    }

    /// <summary>Begins the change of one or more files: all of them, or none.</summary>
    /// <param name="files">The files.</param>
    /// <param name="begun">A bit for each that <see cref="EndChange"/> has to be told of.</param>
    /// <returns>0, or when to ask again (<see cref="BootClock"/>).</returns>
    public long BeginChange(ReadOnlySpan<ChangedFile> files, out uint begun)
    {
        begun = 0;
        var wait = 0L;
        for (var i = 0; i < files.Length; i++)
        {
            using var slot = _table.Lock(files[i].Key, add: true);
            var now = BootClock.Now;
            if (_table.ChangesFrom is var from && from > now)
                wait = Math.Max(wait, from);
            if (!slot.Exists)
            {
                if (slot.IsLocked)
                    slot.Close(now);
                continue;
            }

            var until = slot.BeginChange(files[i].Node, now, _terms);
            if (until == 0)
                begun |= 1u << i;
            wait = Math.Max(wait, until);
        }

        if (wait != 0)
        {
            EndChange(files, begun);
            Await(files, wait);
            begun = 0;
        }

        return wait;
    }

    /// <summary>Ends a change.</summary>
    /// <param name="files">The files.</param>
    /// <param name="begun">As <see cref="BeginChange"/> said.</param>
    public void EndChange(ReadOnlySpan<ChangedFile> files, uint begun)
    {
        for (var i = 0; i < files.Length; i++)
        {
            if ((begun & (1u << i)) == 0)
                continue;
            using var slot = _table.Lock(files[i].Key, add: false);
            if (slot.Exists)
                slot.EndChange(BootClock.Now);
        }
    }

    /// <summary>Counts an open file.</summary>
    /// <param name="key">The file.</param>
    /// <param name="writable">Whether it can write.</param>
    /// <returns>Whether it was counted, and <see cref="Close"/> has to follow.</returns>
    public bool TryOpen(in FileKey key, bool writable)
    {
        Span<ushort> others = stackalloc ushort[NodeSlot.MostUsers];
        int count;
        using (var slot = _table.Lock(key, add: true))
        {
            if (!slot.Exists || !slot.TryAddOpen(writable))
                return false;
            count = slot.OtherOpeners(others);
        }

        // What a dead daemon's guest had open would keep leases from the others.
        if (count > 0)
            _ = _table.BuryDead(others[..count]);
        return true;
    }

    /// <summary>Counts an open file off.</summary>
    /// <inheritdoc cref="TryOpen"/>
    public void Close(in FileKey key, bool writable)
    {
        using var slot = _table.Lock(key, add: false);
        if (slot.Exists)
            slot.RemoveOpen(writable);
    }

    /// <summary>Whether another daemon's guest has a file open.</summary>
    /// <param name="key">The file.</param>
    public bool HasOthers(in FileKey key)
    {
        using var slot = _table.Lock(key, add: false);
        // Of a damaged table nobody knows.
        return slot.Exists ? slot.OtherOpeners(stackalloc ushort[NodeSlot.MostUsers]) > 0 : !slot.IsLocked;
    }

    /// <summary>Grants nothing from here on, and waits until all that was granted has run out: the machine is about to be stopped, and its clock with it.</summary>
    public void Suspend()
    {
        _suspended = true;
        Interlocked.MemoryBarrier();
        // A request in hand may have been granted something just now.
        for (var end = BootClock.Now + _terms.Validity + _terms.Margin; BootClock.Now is var now && now < end;)
            Thread.Sleep(TimeSpan.FromMilliseconds(((end - now) / BootClock.Millisecond) + 1));
    }

    /// <summary>Grants again.</summary>
    public void Resume() => _suspended = false;

    /// <inheritdoc/>
    public void Dispose() => _table.Dispose();

    // All of them: one that is free now may be another's lease by the time the last one is free.
    private void Await(ReadOnlySpan<ChangedFile> files, long until)
    {
        foreach (ref readonly var file in files)
        {
            using var slot = _table.Lock(file.Key, add: false);
            if (slot.Exists)
                slot.Await(file.Node, until, _terms);
        }
    }
}
