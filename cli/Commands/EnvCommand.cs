using System.CommandLine;
using System.IO;
using System.Text.Json;
using KataShimNet.Cli.Checks;
using KataShimNet.Cli.Support;

namespace KataShimNet.Cli.Commands;

/// <summary><c>katanet env</c>: versions, settings and checks at one glance.</summary>
internal static class EnvCommand
{
    public static Command Create(TextWriter output)
    {
        (Option<string?> config, Option<bool> json) = (SandboxArguments.Config(), SandboxArguments.Json());
        var command = new Command("env", "print versions, machine, settings that are set, and what check says") { config, json };
        command.SetAction(result => Run(output, new Machine("/"), result.GetValue(config), result.GetValue(json)));
        return command;
    }

    /// <summary>Prints the report.</summary>
    public static int Run(TextWriter output, Machine machine, string? config, bool json)
    {
        EnvReport report = EnvReport.Make(machine, config);
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(report, CliJson.Default.EnvReport));
            return 0;
        }
        output.WriteLine($"katanet     {report.Version}");
        output.WriteLine($"kernel      {report.Kernel}");
        output.WriteLine($"machine     {report.Processors} processors, {report.MemoryMib} MiB");
        output.WriteLine($"settings    {(report.ConfigFiles.Count == 0 ? "the defaults, there is no file" : string.Join(", ", report.ConfigFiles))}");
        foreach (string setting in report.Changed)
            output.WriteLine($"            {setting}");
        CheckCommand.Print(output, new CheckReport(report.Usable, report.Checks));
        return 0;
    }
}
