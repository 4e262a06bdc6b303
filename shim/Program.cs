using System;
using System.Text;
using KataShimNet.Shim.Commands;

namespace KataShimNet.Shim;

internal static class Program
{
    private static int Main(string[] arguments)
    {
        if (arguments is [LaunchCommand.Verb, ..])
            return LaunchCommand.Run(arguments.AsSpan(1));
        try
        {
            var shim = ShimArguments.Parse(arguments);
            return shim.Action switch
            {
                ShimAction.Start => StartCommand.Run(shim),
                ShimAction.Serve => ServeCommand.Run(shim),
                ShimAction.Delete => DeleteCommand.Run(shim),
                ShimAction.Info => InfoCommand.Run(),
                _ => InfoCommand.PrintVersion(),
            };
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // containerd shows what is on standard error as the reason; one line, so that it reads as one reason.
            using var error = Console.OpenStandardError();
            error.Write(Encoding.UTF8.GetBytes($"katanet: {OneLine(e.Message)}\n"));
            return 1;
        }
    }

    private static string OneLine(string text) => text.ReplaceLineEndings("; ").Trim();
}
