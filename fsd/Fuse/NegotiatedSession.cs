using System;
using System.Threading;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fsd.State;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Fuse;

/// <summary>What INIT settled, in a file that outlives the worker: the guest sends no second INIT to the next one.</summary>
internal sealed unsafe class NegotiatedSession : IDisposable
{
    private readonly SharedSlots<SessionSlot> _table;
    private readonly SessionSlot* _slot;

    /// <summary>Maps the record.</summary>
    /// <param name="file">Its file; owned from here on.</param>
    public NegotiatedSession(OwnedFd file)
    {
        _table = new SharedSlots<SessionSlot>(file, 1, 1);
        _slot = _table.Shards[0].At(0);
        _slot->IsLive = true;
    }

    /// <summary>FUSE_ bits in force (<see cref="InitFlag"/>); 0 before INIT.</summary>
    public ulong Flags
    {
        get => Volatile.Read(ref _slot->Flags);
        set => Volatile.Write(ref _slot->Flags, value);
    }

    /// <summary>Makes the file of a session that has not begun.</summary>
    public static OwnedFd CreateFile() => SharedSlots<SessionSlot>.CreateFile("katanet-session", 1, 1);

    /// <summary>Whether a bit is in force.</summary>
    public bool Has(ulong flag) => (Flags & flag) != 0;

    /// <inheritdoc/>
    public void Dispose() => _table.Dispose();
}
