using System;
using System.Diagnostics;
using System.IO;
using KataShimNet.TestGuest.Boot;

namespace KataShimNet.TestGuest;

/// <summary>Where the programs under test are, and what guests are made of.</summary>
public static class Built
{
    /// <summary>The folder of the solution file.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>The daemon: in the folder that KATANET_BIN names, or in artifacts/bin of the repository.</summary>
    public static string Fsd { get; } =
        Path.Combine(Environment.GetEnvironmentVariable("KATANET_BIN") ?? Path.Combine(Repository, "artifacts/bin"), "katanet-fsd");

    /// <summary>The guest's kernel.</summary>
    public static GuestKernel Kernel => GuestKernel.Built(Path.Combine(Repository, "artifacts/guest"));

    /// <summary>The node's Debian tree.</summary>
    public static string Tree => TreeOnce.Value;

    // Only what boots a guest needs it, and it may have to be built.
    private static Lazy<string> TreeOnce { get; } = new(() => Run(Path.Combine(Repository, "deploy/node/node.sh"), "build").Trim());

    /// <summary>A program in C that was built beside the tests.</summary>
    /// <param name="name">Its name.</param>
    public static string Program(string name) => Path.Combine(AppContext.BaseDirectory, name);

    /// <summary>Runs a program of the host.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>What it printed.</returns>
    /// <exception cref="InvalidOperationException">It ended with another code than 0.</exception>
    public static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{output}");
    }

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "KataShimNet.sln")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException($"no KataShimNet.sln above {AppContext.BaseDirectory}");
    }
}
