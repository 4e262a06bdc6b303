using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.TestGuest.Boot;

namespace KataShimNet.Bench.Starts;

/// <summary>
/// The machine to compare with: the command line of a QEMU that the shim started, without what belongs to a sandbox (sharing, agent, monitor),
/// with an initrd whose init prints one line on the same console and ends.
/// </summary>
public static class BareMachine
{
    /// <summary>What the init prints.</summary>
    public const string Line = "bare-init-line";

    // Words of the kernel's command line that belong to a sandbox's guest.
    private static readonly string[] s_sandboxWords = ["root=", "rootfstype=", "rootflags=", "init=", "rdinit=", "agent."];

    /// <summary>The init: busybox as "echo", which the kernel gives what stands behind "--".</summary>
    /// <param name="busybox">A static busybox.</param>
    public static byte[] Initrd(byte[] busybox) => new CpioArchive()
        .Folder("dev").Device("dev/console", 5, 1).Folder("bin").Program("bin/busybox", busybox).Link("bin/echo", "busybox")
        .ToArray();

    /// <summary>Turns the shim's command line into the bare one.</summary>
    /// <param name="shims">Words of a running sandbox's QEMU.</param>
    /// <param name="initrd">Path of the initrd.</param>
    public static IReadOnlyList<string> CommandLine(IReadOnlyList<string> shims, string initrd)
    {
        HashSet<string> sockets = [.. Options(shims).Where(o => o.Name == "-chardev" && o.Value?.StartsWith("socket,", StringComparison.Ordinal) == true)
            .Select(o => Property(o.Value!, "id") ?? "")];
        string console = Options(shims).Where(o => o.Value?.StartsWith("virtconsole,", StringComparison.Ordinal) == true)
            .Select(o => Property(o.Value!, "chardev")).FirstOrDefault()
            ?? throw new BenchException("the shim's QEMU has no virtconsole, so the bare boot has nothing to print on");
        var words = new List<string> { shims[0] };
        bool booted = false;
        foreach ((string name, string? value) in Options(shims))
        {
            if (name is "-initrd" or "-qmp")
                continue;
            if (name == "-append" && value is not null)
            {
                words.AddRange([name, KernelWords(value), "-initrd", initrd]);
                booted = true;
            }
            else if (name == "-chardev" && value is not null && Property(value, "id") == console)
            {
                words.AddRange([name, $"stdio,id={console},signal=off"]);
            }
            else if (name == "-accel" && value is not null)
            {
                // The shim hands /dev/kvm over; the bare machine opens it itself.
                words.AddRange([name, value.Split(',')[0]]);
            }
            else if (value is null || !OfSandbox(value, sockets, console))
            {
                words.Add(name);
                if (value is not null)
                    words.Add(value);
            }
        }
        return booted ? words : throw new BenchException("the shim's QEMU has no -append, so it does not boot a kernel directly");
    }

    private static bool OfSandbox(string value, HashSet<string> sockets, string console)
    {
        string? chardev = Property(value, "chardev");
        string? id = value.StartsWith("socket,", StringComparison.Ordinal) ? Property(value, "id") : null;
        return (chardev is not null && chardev != console && sockets.Contains(chardev)) || (id is not null && sockets.Contains(id))
            || Property(value, "vhostfd") is not null || Property(value, "fd") is not null;
    }

    private static string KernelWords(string append)
    {
        IEnumerable<string> kept = append.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Where(word => word != "rw" && !s_sandboxWords.Any(start => word.StartsWith(start, StringComparison.Ordinal)));
        return $"{string.Join(' ', kept)} rdinit=/bin/echo -- {Line}";
    }

    // Every option of QEMU that has a value has exactly one.
    private static IEnumerable<(string Name, string? Value)> Options(IReadOnlyList<string> words)
    {
        for (int i = 1; i < words.Count; i++)
        {
            if (i + 1 < words.Count && !words[i + 1].StartsWith('-'))
                yield return (words[i], words[++i]);
            else
                yield return (words[i], null);
        }
    }

    private static string? Property(string value, string name) =>
        value.Split(',').FirstOrDefault(part => part.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];
}
