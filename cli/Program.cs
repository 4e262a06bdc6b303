using System;
using System.CommandLine;
using KataShimNet.Cli.Commands;

namespace KataShimNet.Cli;

/// <summary>katanet: looks after the runtime on a node.</summary>
internal static class Program
{
    private static int Main(string[] args) => Root().Parse(args).Invoke();

    private static RootCommand Root()
    {
        var root = new RootCommand("katanet: containers in virtual machines, behind containerd");
        root.Subcommands.Add(CheckCommand.Create(Console.Out));
        root.Subcommands.Add(ConfigCommand.Create(Console.Out, Console.Error));
        root.Subcommands.Add(VersionCommand.Create(Console.Out));
        return root;
    }
}
