using KataShimNet.VhostFrontEnd.Load;

namespace KataShimNet.Bench.Files.Workloads;

/// <summary>Operations of one kind. An operation is one request or several after one another, in one slot; none allocates.</summary>
internal abstract class Workload
{
    /// <summary>Whether a round has to pause for <see cref="Recover"/>.</summary>
    public virtual bool IsExhausted => false;

    /// <summary>Puts an operation's first request into a slot.</summary>
    public abstract void Begin(LoadSlot slot);

    /// <summary>Handles an answer.</summary>
    /// <returns>True when the operation is done; false when the slot holds its next request.</returns>
    public virtual bool Advance(LoadSlot slot)
    {
        Check(slot);
        return true;
    }

    /// <summary>What the operation that is done counts for.</summary>
    public virtual int UnitsOf(LoadSlot slot) => 1;

    /// <summary>Makes the next part of a round possible; not measured.</summary>
    public virtual void Recover()
    {
    }

    /// <summary>Throws for an error in an answer.</summary>
    protected void Check(LoadSlot slot)
    {
        if (slot.Error != 0)
            throw new BenchException($"{GetType().Name}: request {slot.Step} of an operation is answered with error {-slot.Error}");
    }
}
