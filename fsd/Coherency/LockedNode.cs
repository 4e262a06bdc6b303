using System;
using System.Threading;
using KataShimNet.AgentProto.FsdControl;

namespace KataShimNet.Fsd.Coherency;

/// <summary>A file's slot, locked. Whoever has it calls nothing that can wait, and disposes of it.</summary>
internal readonly unsafe ref partial struct LockedNode
{
    private readonly NodeTable _table;
    private readonly BucketHead* _bucket;
    private readonly NodeSlot* _slot;

    /// <summary>A slot whose bucket is locked.</summary>
    /// <param name="table">The table.</param>
    /// <param name="bucket">The bucket.</param>
    /// <param name="slot">The slot, or null when there is none.</param>
    internal LockedNode(NodeTable table, BucketHead* bucket, NodeSlot* slot)
    {
        _table = table;
        _bucket = bucket;
        _slot = slot;
    }

    /// <summary>Whether there is a slot. Without one nothing but <see cref="Dispose"/> may be called.</summary>
    public bool Exists => _slot != null;

    /// <summary>Whether the bucket is locked: false when the table is damaged.</summary>
    public bool IsLocked => _bucket != null;

    /// <summary>Moves with every change; never the same again for this file.</summary>
    public ulong Version => _slot->Version;

    /// <summary>Counts another range of the file that is mapped into this daemon's guest.</summary>
    /// <returns>False when too many daemons use the file: it must not be mapped.</returns>
    public bool TryAddMap()
    {
        var user = Own(add: true);
        if (user == null)
            return false;
        Raise(ref user->Maps);
        return true;
    }

    /// <summary>Counts one off.</summary>
    public void RemoveMap()
    {
        var user = Own(add: false);
        if (user != null)
            Lower(user, ref user->Maps);
    }

    /// <summary>Counts another open file.</summary>
    /// <param name="writable">Whether it can write.</param>
    /// <returns>False when too many daemons use the file: its guest must not cache pages of it.</returns>
    public bool TryAddOpen(bool writable)
    {
        var user = Own(add: true);
        if (user == null)
            return false;
        Raise(ref user->Opens);
        if (writable)
            Raise(ref user->Writers);
        return true;
    }

    /// <summary>Counts one off.</summary>
    /// <param name="writable">Whether it could write.</param>
    public void RemoveOpen(bool writable)
    {
        var user = Own(add: false);
        if (user == null)
            return;
        if (writable)
            Lower(user, ref user->Writers);
        Lower(user, ref user->Opens);
    }

    /// <summary>Other daemons that have ranges of the file mapped. Ask <see cref="NodeTable.BuryDead"/>, unlocked, whether they live.</summary>
    /// <param name="daemons">Receives their numbers; room for <see cref="NodeSlot.MostUsers"/>.</param>
    /// <returns>How many.</returns>
    public int OtherMappers(Span<ushort> daemons) => Others(daemons, UseKind.Maps);

    /// <summary>Other daemons that have the file open.</summary>
    /// <inheritdoc cref="OtherMappers"/>
    public int OtherOpeners(Span<ushort> daemons) => Others(daemons, UseKind.Opens);

    /// <summary>Other daemons that have the file open for writing.</summary>
    /// <inheritdoc cref="OtherMappers"/>
    public int OtherWriters(Span<ushort> daemons) => Others(daemons, UseKind.Writers);

    /// <summary>Gives the lock back.</summary>
    public void Dispose()
    {
        if (_bucket != null)
            _table.Unlock(_bucket);
    }

    /// <summary>Whether what is in the slot can be right.</summary>
    /// <param name="now">The time.</param>
    internal bool IsPossible(long now) =>
        _slot->State == 1
        && _slot->LeaseDaemon <= NodeTableForm.MaxDaemons
        && _slot->LastDaemon <= NodeTableForm.MaxDaemons
        && _slot->LeaseUntil <= now + (2 * LeaseTerms.Longest)
        && _slot->ChangedAt <= now + LeaseTerms.Longest
        && _slot->ContendedUntil <= now + (2 * LeaseTerms.LongestContention);

    private enum UseKind
    {
        Opens,
        Writers,
        Maps,
        Changing,
    }

    private static void Raise(ref ushort count)
    {
        if (count < ushort.MaxValue)
            count++;
    }

    private static void Lower(NodeUser* user, ref ushort count)
    {
        // A count that has reached its end is not known any more.
        if (count is > 0 and < ushort.MaxValue)
            count--;
        if (user->IsIdle)
            Volatile.Write(ref user->Daemon, 0);
    }

    private int Others(Span<ushort> daemons, UseKind kind)
    {
        var count = 0;
        for (var i = 0; i < NodeSlot.MostUsers; i++)
        {
            var user = NodeTable.UserAt(_slot, i);
            var number = kind switch
            {
                UseKind.Opens => user->Opens,
                UseKind.Writers => user->Writers,
                UseKind.Maps => user->Maps,
                _ => user->Changing,
            };
            if (user->Daemon != 0 && number != 0 && user->Daemon != _table.Daemon + 1 && _table.Counts(user))
                daemons[count++] = (ushort)(user->Daemon - 1);
        }

        return count;
    }

    // The record of this daemon, or null.
    private NodeUser* Own(bool add)
    {
        NodeUser* free = null;
        for (var i = 0; i < NodeSlot.MostUsers; i++)
        {
            var user = NodeTable.UserAt(_slot, i);
            if (user->Daemon == _table.Daemon + 1)
            {
                if (user->Generation == _table.Generation && user->Worker == _table.WorkerTag)
                    return user;
                // Of an earlier worker of this daemon, or of an earlier daemon of this number.
                Volatile.Write(ref user->Daemon, 0);
            }

            if (free == null && (user->Daemon == 0 || !_table.Counts(user)))
                free = user;
        }

        if (!add || free == null)
            return null;
        Volatile.Write(ref free->Daemon, 0);
        free->Generation = _table.Generation;
        free->Worker = _table.WorkerTag;
        free->Opens = free->Writers = free->Maps = free->Changing = 0;
        Volatile.Write(ref free->Daemon, (ushort)(_table.Daemon + 1));
        return free;
    }
}
