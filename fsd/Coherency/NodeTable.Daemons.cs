using System;
using System.Text;
using System.Threading;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Coherency;

/// <summary>The daemons of the node.</summary>
internal sealed unsafe partial class NodeTable
{
    private const long AliveFor = 100 * BootClock.Millisecond;

    // Workers that may die before one begins: more end the daemon.
    private const int MostFailedStarts = 64;

    private DaemonSlot* Own => DaemonAt(_map, Daemon);

    /// <summary>Whether a daemon lives. One that is found dead is buried: what it had open and mapped counts no more.</summary>
    /// <param name="daemon">Its number.</param>
    /// <param name="fresh">Whether an answer of the last 100 ms is too old.</param>
    public bool IsAlive(int daemon, bool fresh = false)
    {
        if (daemon == Daemon)
            return true;
        if (daemon is < 0 or >= NodeTableForm.MaxDaemons)
            return false;
        var now = BootClock.Now;
        if (!fresh && now - Volatile.Read(ref _aliveAt[daemon]) < AliveFor)
            return true;
        var slot = DaemonAt(_map, daemon);
        var generation = Volatile.Read(ref slot->Generation);
        if (new ByteLock(_file, NodeTableForm.LifeByte(daemon)).IsTaken)
        {
            Volatile.Write(ref _aliveAt[daemon], now);
            return true;
        }

        Volatile.Write(ref _aliveAt[daemon], 0);
        // A daemon that registers in this slot right now has moved the generation itself.
        if (generation != 0 && Interlocked.CompareExchange(ref slot->Generation, generation + 1, generation) == generation)
            Interlocked.Increment(ref slot->WorkerGeneration);
        return false;
    }

    /// <summary>Generation of a daemon's slot.</summary>
    /// <param name="daemon">Its number.</param>
    public uint GenerationOf(int daemon) =>
        daemon is >= 0 and < NodeTableForm.MaxDaemons ? Volatile.Read(ref DaemonAt(_map, daemon)->Generation) : 0;

    /// <summary>Name of a daemon's socket in the coherency directory.</summary>
    /// <param name="daemon">Its number.</param>
    /// <returns>Null when it is dead, or has none. The only method of this class that allocates.</returns>
    public string? SocketOf(int daemon)
    {
        if (!IsAlive(daemon))
            return null;
        var slot = DaemonAt(_map, daemon);
        var length = Volatile.Read(ref slot->SocketNameLength);
        if (length is <= 0 or > DaemonSlot.MostSocketName)
            return null;
        var name = Encoding.UTF8.GetString(new ReadOnlySpan<byte>(&slot->SocketName, length));
        return name.AsSpan().ContainsAny('/', '\0') || name[0] == '.' ? null : name;
    }

    /// <summary>Finds a user of a slot that is another daemon's and does not live any more; buries it.</summary>
    /// <param name="daemons">Numbers of daemons.</param>
    /// <returns>Whether one of them was dead: then look again.</returns>
    public bool BuryDead(ReadOnlySpan<ushort> daemons)
    {
        var dead = false;
        foreach (var daemon in daemons)
            dead |= !IsAlive(daemon);
        return dead;
    }

    /// <summary>A daemon's slot in a map.</summary>
    internal static DaemonSlot* DaemonAt(byte* map, int daemon) =>
        (DaemonSlot*)(map + NodeTableForm.DaemonsOffset + ((nint)daemon * DaemonSlot.TotalSize));

    /// <summary>A user's record in a slot.</summary>
    internal static NodeUser* UserAt(NodeSlot* slot, int index) =>
        (NodeUser*)((byte*)slot + NodeSlot.UsersOffset + (index * NodeUser.TotalSize));

    /// <summary>Whether a user's counts hold: its daemon is the one that wrote them, and its worker, or one that is about to begin.</summary>
    internal bool Counts(NodeUser* user)
    {
        var daemon = user->Daemon - 1;
        if (daemon is < 0 or >= NodeTableForm.MaxDaemons)
            return false;
        var slot = DaemonAt(_map, daemon);
        var worker = (ushort)Volatile.Read(ref slot->WorkerGeneration);
        return user->Generation == Volatile.Read(ref slot->Generation)
            && (ushort)(user->Worker - worker) < MostFailedStarts;
    }
}
