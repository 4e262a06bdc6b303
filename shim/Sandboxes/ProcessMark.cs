using KataShimNet.Linux;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>A process that can be told from a later one with the same number.</summary>
/// <param name="Name">What it is: <c>shim</c>, <c>fsd</c>, <c>qemu</c>.</param>
/// <param name="Pid">Its number.</param>
/// <param name="StartTime">When it started, in clock ticks since boot (proc_pid_stat(5), field 22).</param>
internal sealed record ProcessMark(string Name, int Pid, ulong StartTime)
{
    /// <summary>Marks a process that runs now; its start time is 0 when it has gone already.</summary>
    public static ProcessMark Of(string name, int pid) => new(name, pid, ProcessStat.Read(pid)?.StartTime ?? 0);

    /// <summary>Whether the process with this number is still the one that was marked. A zombie is.</summary>
    public bool IsAlive() => StartTime != 0 && ProcessStat.Read(Pid)?.StartTime == StartTime;
}
