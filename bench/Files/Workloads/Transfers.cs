using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.Load;

namespace KataShimNet.Bench.Files.Workloads;

/// <summary>READ or WRITE of one size on one open file, one piece after the other or at random.</summary>
internal sealed unsafe class Transfers : Workload
{
    private readonly FuseOpcode _opcode;
    private readonly ulong _node;
    private readonly ulong _handle;
    private readonly int _size;
    private readonly ulong _pieces;
    private readonly bool _random;
    private ulong _state = 88172645463325252;

    /// <param name="client">Opens the file.</param>
    /// <param name="name">The file, in the root.</param>
    /// <param name="write">Whether to write.</param>
    /// <param name="size">Bytes of a request: a multiple of the page size.</param>
    /// <param name="random">Whether the order is random.</param>
    public Transfers(FuseClient client, string name, bool write, int size, bool random)
    {
        FuseEntry entry = client.Lookup(1, name).Value;
        _opcode = write ? FuseOpcode.Write : FuseOpcode.Read;
        _node = entry.NodeId;
        _handle = client.Open(_node, write ? 1 : 0).Value.Fh;
        _size = size;
        _pieces = entry.Attr.Size / (ulong)size;
        _random = random;
    }

    public override void Begin(LoadSlot slot)
    {
        bool write = _opcode == FuseOpcode.Write;
        slot.Prepare(_opcode, _node, 40, write ? 8 : 0, write ? _size : 0, write ? 0 : _size);
        var arguments = (ulong*)slot.Arguments;
        arguments[0] = _handle;
        arguments[1] = Next() % _pieces * (ulong)_size;
        arguments[2] = (uint)_size;
        arguments[3] = 0;
        arguments[4] = 0;
    }

    public override bool Advance(LoadSlot slot)
    {
        Check(slot);
        int done = _opcode == FuseOpcode.Write ? *(int*)slot.Answer : slot.ReplyLength - FuseClient.OutHeaderSize;
        return done == _size ? true : throw new BenchException($"{_opcode} of {_size} bytes moves {done}");
    }

    // xorshift64, or simply the next one.
    private ulong Next()
    {
        if (!_random)
            return ++_state;
        _state ^= _state << 13;
        _state ^= _state >> 7;
        _state ^= _state << 17;
        return _state;
    }
}
