using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Cri;
using KataShimNet.EndToEndTests.Leaks;

namespace KataShimNet.EndToEndTests.Pods;

/// <summary>What a pod takes of the host and of its guest at a moment. Memory in KiB: proportional set sizes (proc_pid_smaps(5)).</summary>
/// <param name="Processes">Processes of the sandbox.</param>
/// <param name="Descriptors">Their open descriptors.</param>
/// <param name="Shim">Memory of the shim.</param>
/// <param name="Daemon">Memory of fsd's processes.</param>
/// <param name="Machine">Memory of QEMU, the guest's included.</param>
/// <param name="Guest">Memory of the processes in the guest, the agent's included (AnonPages of /proc/meminfo).</param>
public sealed record PodUsage(int Processes, int Descriptors, long Shim, long Daemon, long Machine, long Guest)
{
    /// <summary>Takes it.</summary>
    public static async Task<PodUsage> TakeAsync(PodContainer container)
    {
        ProcessEntry machine = container.Pod.Machine();
        ProcessEntry[] children = [.. ProcessTree.Below(machine.ParentPid).Where(process => process.State != 'Z')];
        long guest = long.Parse(await container.ShellAsync("awk '/^AnonPages/ {print $2}' /proc/meminfo"), CultureInfo.InvariantCulture);
        return new PodUsage(
            children.Length + 1,
            children.Select(process => process.Pid).Append(machine.ParentPid).Sum(CountDescriptors),
            Memory(machine.ParentPid),
            children.Where(process => process.Pid != machine.Pid).Sum(process => Memory(process.Pid)),
            Memory(machine.Pid),
            guest);
    }

    /// <summary>The mean of several.</summary>
    public static PodUsage Mean(IReadOnlyCollection<PodUsage> all) => new(
        (int)all.Average(u => u.Processes), (int)Math.Ceiling(all.Average(u => u.Descriptors)), (long)all.Average(u => u.Shim), (long)all.Average(u => u.Daemon),
        (long)all.Average(u => u.Machine), (long)all.Average(u => u.Guest));

    private static int CountDescriptors(int pid)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd").Count();
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static long Memory(int pid)
    {
        try
        {
            string line = File.ReadLines($"/proc/{pid}/smaps_rollup").First(text => text.StartsWith("Pss:", StringComparison.Ordinal));
            return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
