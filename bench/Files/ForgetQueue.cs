using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.Load;

namespace KataShimNet.Bench.Files;

/// <summary>FORGET on the high-priority queue, as Linux sends it: one node a request, nobody waits for it.</summary>
internal sealed unsafe class ForgetQueue(LoadQueue queue)
{
    private readonly LoadSlot[] _free = queue.Slots.ToArray();
    private int _count = queue.Slots.Length;

    /// <summary>Gives one lookup of a node back; waits only when all slots are in flight.</summary>
    public void Send(ulong node)
    {
        Reclaim();
        while (_count == 0)
        {
            queue.Sleep();
            Reclaim();
        }
        LoadSlot slot = _free[--_count];
        slot.Prepare(FuseOpcode.Forget, node, sizeof(ulong), -1);
        *(ulong*)slot.Arguments = 1;
        queue.Submit(slot);
    }

    /// <summary>Waits until all are taken.</summary>
    public void Drain()
    {
        Reclaim();
        while (queue.InFlight > 0)
        {
            queue.Sleep();
            Reclaim();
        }
    }

    // Leaves the queue armed.
    private void Reclaim()
    {
        do
        {
            while (queue.TryTake() is { } slot)
                _free[_count++] = slot;
        }
        while (queue.InFlight > 0 && queue.Arm(0));
    }
}
