using System.CommandLine;
using System.IO;
using System.Linq;
using System.Text.Json;
using KataShimNet.RuntimeConfig;
using KataShimNet.RuntimeConfig.Options;

namespace KataShimNet.Cli.Commands;

/// <summary><c>katanet config</c>: the settings in force, and whether a file is right.</summary>
internal static class ConfigCommand
{
    public static Command Create(TextWriter output, TextWriter errors)
    {
        var command = new Command("config", "show or check the settings");
        command.Subcommands.Add(Sub("show", "print every setting with the value in force", output, errors, Show));
        command.Subcommands.Add(Sub("check", "tell everything that is wrong in a file; exit code 1 when something is", output, errors, Check));
        return command;
    }

    /// <summary>Prints every setting; 1, and the problems on <paramref name="errors"/>, when the file is wrong.</summary>
    public static int Show(TextWriter output, TextWriter errors, string? file, bool json)
    {
        try
        {
            KatanetOptions options = ConfigLoader.Load(file);
            output.Write(json ? ConfigText.ToJson(options) + "\n" : ConfigText.ToYaml(options));
            return 0;
        }
        catch (ConfigException e)
        {
            errors.WriteLine(e.Message);
            return 1;
        }
    }

    /// <summary>Tells the problems of a file; 1 when there are any.</summary>
    public static int Check(TextWriter output, TextWriter errors, string? file, bool json)
    {
        ConfigProblem[] problems = [];
        try
        {
            ConfigLoader.Load(file);
        }
        catch (ConfigException e)
        {
            problems = [.. e.Problems];
        }
        if (json)
            output.WriteLine(JsonSerializer.Serialize(problems, CliJson.Default.ConfigProblemArray));
        else if (problems.Length == 0)
            output.WriteLine($"{file ?? KatanetOptions.DefaultPath}: {(file is null && !File.Exists(KatanetOptions.DefaultPath) ? "there is no such file, the defaults are in force" : "right")}");
        else
            errors.WriteLine(string.Join('\n', problems.Select(problem => problem.ToString())));
        return problems.Length == 0 ? 0 : 1;
    }

    private delegate int Action(TextWriter output, TextWriter errors, string? file, bool json);

    private static Command Sub(string name, string description, TextWriter output, TextWriter errors, Action action)
    {
        var file = new Argument<string?>("FILE")
        {
            Description = $"settings file (default: {KatanetOptions.DefaultPath}, or no file)",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var json = new Option<bool>("--json") { Description = "print JSON" };
        var command = new Command(name, description) { file, json };
        command.SetAction(result => action(output, errors, result.GetValue(file), result.GetValue(json)));
        return command;
    }
}
