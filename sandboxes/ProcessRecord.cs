using KataShimNet.Linux;

namespace KataShimNet.Sandboxes;

/// <summary>A process as the shim notes it in <c>state.json</c>.</summary>
/// <param name="Name">shim, fsd, qemu.</param>
/// <param name="Pid">Its number.</param>
/// <param name="StartTime">When it started, in clock ticks since boot.</param>
public sealed record ProcessRecord(string Name, int Pid, ulong StartTime)
{
    /// <summary>Looks at the process; null when it has ended, or its number belongs to another by now.</summary>
    public ProcessStat? Find() => ProcessStat.Read(Pid) is { HasEnded: false } stat && stat.StartTime == StartTime ? stat : null;
}
