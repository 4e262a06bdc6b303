using System.CommandLine;
using System.IO;
using System.Linq;
using System.Text.Json;
using KataShimNet.Cli.Checks;
using KataShimNet.RuntimeConfig;
using KataShimNet.RuntimeConfig.Options;

namespace KataShimNet.Cli.Commands;

/// <summary><c>katanet check</c>: can this machine run sandboxes, and what is missing?</summary>
internal static class CheckCommand
{
    public static Command Create(TextWriter output)
    {
        var config = new Option<string?>("--config")
        {
            Description = $"settings file (default: {KatanetOptions.DefaultPath}, or no file)",
            HelpName = "FILE",
        };
        var json = new Option<bool>("--json") { Description = "print JSON" };
        var command = new Command("check", "tell whether this machine can run sandboxes; exit code 1 when it cannot") { config, json };
        command.SetAction(result => Run(output, new Machine("/"), result.GetValue(config), result.GetValue(json)));
        return command;
    }

    /// <summary>Checks, prints, and gives the exit code.</summary>
    public static int Run(TextWriter output, Machine machine, string? config, bool json)
    {
        CheckReport report = Check(machine, config);
        if (json)
            output.WriteLine(JsonSerializer.Serialize(report, CliJson.Default.CheckReport));
        else
            Print(output, report);
        return report.Usable ? 0 : 1;
    }

    /// <summary>Makes every check.</summary>
    public static CheckReport Check(Machine machine, string? config)
    {
        KatanetOptions options;
        CheckLine settings;
        try
        {
            LoadedConfig loaded = ConfigLoader.LoadWithOrigins(SettingsFile.Find(config));
            options = loaded.Options;
            settings = CheckLine.Pass("settings", loaded.Files.Count == 0 ? "the defaults, there is no file" : string.Join(", ", loaded.Files));
        }
        catch (ConfigException e)
        {
            options = new KatanetOptions();
            settings = CheckLine.Fail("settings", e.Message, "correct the file; the checks below are made with the defaults");
        }
        CheckLine[] lines = [settings, .. AllChecks.Run(new CheckContext(machine, options))];
        return new CheckReport(!lines.Any(line => line.Verdict == Verdict.Fail), lines);
    }

    /// <summary>Prints them for people.</summary>
    public static void Print(TextWriter output, CheckReport report)
    {
        int width = report.Checks.Max(line => line.Subject.Length);
        foreach (CheckLine line in report.Checks)
        {
            string margin = new(' ', width + 8);
            output.WriteLine($"{Word(line.Verdict)}  {line.Subject.PadRight(width)}  {line.Finding.Replace("\n", "\n" + margin)}");
            if (line.Advice is { } advice)
                output.WriteLine($"{margin}-> {advice}");
        }
        output.WriteLine(report.Usable ? "this machine can run sandboxes" : "this machine cannot run sandboxes yet");
    }

    private static string Word(Verdict verdict) => verdict switch
    {
        Verdict.Pass => "pass",
        Verdict.Warn => "warn",
        _ => "FAIL",
    };
}
