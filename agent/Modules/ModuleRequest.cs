using System;
using System.IO;
using KataShimNet.Linux;

namespace KataShimNet.Agent.Modules;

/// <summary>
/// The kernel's wish for a module, which it has on the way: a container adds a network interface of a kind not met before, mounts another
/// file system, or sets a rule of the firewall. The kernel starts /sbin/modprobe for that (kernel.modprobe, proc_sys_kernel(5)), and that is
/// this program under another name: no shell and no kmod are needed in the guest.
/// </summary>
internal static class ModuleRequest
{
    private const string Name = "modprobe";

    /// <summary>Whether the program was started under the name of modprobe.</summary>
    public static bool IsMeant()
    {
        // .NET gives the program's own path for argv[0].
        var program = File.ReadAllText("/proc/self/cmdline");
        program = program[..Math.Max(0, program.IndexOf('\0', StringComparison.Ordinal))];
        return program == Name || program.EndsWith("/" + Name, StringComparison.Ordinal);
    }

    /// <summary>Loads what is asked for.</summary>
    /// <param name="arguments">As the kernel gives them: <c>-q -- name</c> (kernel/module/kmod.c).</param>
    /// <returns>The status for the kernel, which only logs it: 0, or 1 when there is no such module or it was refused.</returns>
    public static int Answer(string[] arguments)
    {
        if (arguments.Length == 0)
            return 1;
        try
        {
            return new ModuleLoader().Load(arguments[^1]) ? 0 : 1;
        }
        catch (LinuxException e)
        {
            Console.Error.WriteLine($"modprobe: {arguments[^1]}: {e.Message}");
            return 1;
        }
    }
}
