using System;
using System.CommandLine;
using KataShimNet.Cli.Commands;

namespace KataShimNet.Cli;

/// <summary>katanet: looks after the runtime on a node.</summary>
internal static class Program
{
    private static int Main(string[] args) =>
        args is [MonitorCommand.Verb, ..] ? MonitorCommand.Become(args.AsSpan(1), Console.Error) : Root().Parse(args).Invoke();

    private static RootCommand Root() => new("katanet: containers in virtual machines, behind containerd. Exit code 0: done; 1: not done, or something is wrong; exec ends with the command's")
    {
        CheckCommand.Create(Console.Out),
        EnvCommand.Create(Console.Out),
        PsCommand.Create(Console.Out, Console.Error),
        InspectCommand.Create(Console.Out, Console.Error),
        ExecCommand.Create(Console.Error),
        LogsCommand.Create(Console.Out, Console.Error),
        MetricsCommand.Create(Console.Out, Console.Error),
        MonitorCommand.Create(),
        ConfigCommand.Create(Console.Out, Console.Error),
        CollectCommand.Create(Console.Out, Console.Error),
        CompletionCommand.Create(Console.Out),
        VersionCommand.Create(Console.Out),
    };
}
