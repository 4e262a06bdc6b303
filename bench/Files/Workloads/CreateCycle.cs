using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.Load;

namespace KataShimNet.Bench.Files.Workloads;

/// <summary>The life of a small file: CREATE, WRITE of 4 KiB, FLUSH, RELEASE, UNLINK, and FORGET, for which nobody waits.</summary>
internal sealed unsafe class CreateCycle : Workload
{
    private const int NameSize = 8;

    private readonly Contestant _contestant;
    private readonly ulong _folder;
    // Of each slot's file.
    private readonly ulong[] _nodes = new ulong[Contestant.MaxDepth * 2];
    private readonly ulong[] _handles = new ulong[Contestant.MaxDepth * 2];
    private readonly char _prefix;
    private uint _turn;

    /// <param name="contestant">Whom to ask.</param>
    /// <param name="folder">Name of an empty folder in the root.</param>
    public CreateCycle(Contestant contestant, string folder)
    {
        _contestant = contestant;
        _prefix = contestant.Name[0];
        _folder = contestant.Client.Lookup(1, folder).Value.NodeId;
    }

    public override void Begin(LoadSlot slot)
    {
        slot.Step = 0;
        // Files of two queues' slots of the same number differ.
        slot.Tag = _turn++ % (uint)_nodes.Length;
        while (_handles[slot.Tag] != 0)
            slot.Tag = _turn++ % (uint)_nodes.Length;
        _handles[slot.Tag] = 1;
        slot.Prepare(FuseOpcode.Create, _folder, 16 + NameSize, 144);
        var arguments = (uint*)slot.Arguments;
        // O_WRONLY | O_CREAT | O_EXCL, mode, umask, no open flags.
        arguments[0] = 0x8000 | 0xc1;
        arguments[1] = 0x81a4;
        arguments[2] = 0x12;
        arguments[3] = 0;
        PutName(slot, slot.Arguments + 16);
    }

    public override bool Advance(LoadSlot slot)
    {
        Check(slot);
        switch (slot.Step++)
        {
            case 0:
                _nodes[slot.Tag] = *(ulong*)slot.Answer;
                _handles[slot.Tag] = *(ulong*)(slot.Answer + 128);
                Prepare(slot, FuseOpcode.Write, 40, 8, LoadSlot.PageSize);
                ((ulong*)slot.Arguments)[2] = LoadSlot.PageSize;
                return false;
            case 1:
                Prepare(slot, FuseOpcode.Flush, 24, 0, 0);
                return false;
            case 2:
                Prepare(slot, FuseOpcode.Release, 24, 0, 0);
                return false;
            case 3:
                slot.Prepare(FuseOpcode.Unlink, _folder, NameSize, 0);
                PutName(slot, slot.Arguments);
                return false;
            default:
                _contestant.Forgets.Send(_nodes[slot.Tag]);
                _handles[slot.Tag] = 0;
                return true;
        }
    }

    // The handle comes first in all of these; what else there is is 0.
    private void Prepare(LoadSlot slot, FuseOpcode opcode, int arguments, int answer, int data)
    {
        slot.Prepare(opcode, _nodes[slot.Tag], arguments, answer, data);
        var words = (ulong*)slot.Arguments;
        words[0] = _handles[slot.Tag];
        for (int i = 1; i < arguments / sizeof(ulong); i++)
            words[i] = 0;
    }

    private void PutName(LoadSlot slot, byte* target)
    {
        target[0] = (byte)_prefix;
        target[1] = (byte)('a' + slot.Tag / 16);
        target[2] = (byte)('a' + slot.Tag % 16);
        target[3] = (byte)'-';
        target[4] = (byte)'n';
        target[5] = (byte)'e';
        target[6] = (byte)'w';
        target[7] = 0;
    }
}
