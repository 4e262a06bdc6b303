using System;
using System.IO;
using KataShimNet.Agent.Boot;
using KataShimNet.Agent.Modules;
using KataShimNet.Agent.Namespaces;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent;

internal static class Program
{
    private static int Main(string[] arguments)
    {
        if (arguments is [PidNamespaceHolder.Verb])
            return PidNamespaceHolder.Run();
        if (Unistd.getpid() != 1)
        {
            if (ModuleRequest.IsMeant())
                return ModuleRequest.Answer(arguments);
            Console.Error.WriteLine("katanet-agent is the init program of a KataShimNet guest: the kernel starts it as process 1");
            return 2;
        }

        AppDomain.CurrentDomain.UnhandledException += (_, e) => End(e.ExceptionObject);
        try
        {
            Guest.Run();
        }
        catch (Exception e)
        {
            End(e);
        }

        return 1;
    }

    // The host sees the reason on the console, and QEMU's end.
    private static void End(object reason)
    {
        try
        {
            File.WriteAllText("/dev/console", $"katanet-agent: fatal: {reason}\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"katanet-agent: fatal: {reason}");
        }

        GuestSystem.PowerOff();
    }
}
