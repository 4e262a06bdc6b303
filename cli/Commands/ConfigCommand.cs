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
        var command = new Command("config", "show, check, describe or import settings");
        command.Subcommands.Add(Sub("show", "print every setting with the value in force and where it comes from", output, errors, Show));
        command.Subcommands.Add(Sub("check", "tell everything that is wrong in a file; exit code 1 when something is", output, errors, Check));
        command.Subcommands.Add(Schema(output));
        command.Subcommands.Add(ImportCommand.Create(output, errors));
        return command;
    }

    /// <summary>Prints every setting; 1, and the problems on <paramref name="errors"/>, when something is wrong.</summary>
    public static int Show(TextWriter output, TextWriter errors, string? file, bool json)
    {
        try
        {
            LoadedConfig config = ConfigLoader.LoadWithOrigins(SettingsFile.Find(file));
            output.Write(json ? ConfigText.ToJson(config) + "\n" : ConfigText.ToYaml(config));
            return 0;
        }
        catch (ConfigException e)
        {
            errors.WriteLine(e.Message);
            return 1;
        }
    }

    /// <summary>Tells the problems of a file, its drop-ins and the environment; 1 when there are any.</summary>
    public static int Check(TextWriter output, TextWriter errors, string? file, bool json)
    {
        ConfigProblem[] problems = [];
        string files = "";
        try
        {
            files = string.Join('\n', ConfigLoader.LoadWithOrigins(SettingsFile.Find(file)).Files.Select(static name => $"{name}: right"));
        }
        catch (ConfigException e)
        {
            problems = [.. e.Problems];
        }
        if (json)
            output.WriteLine(JsonSerializer.Serialize(problems, CliJson.Default.ConfigProblemArray));
        else if (problems.Length == 0)
            output.WriteLine(files.Length > 0 ? files : $"{KatanetOptions.DefaultPath}: there is no such file, the defaults are in force");
        else
            errors.WriteLine(string.Join('\n', problems.Select(problem => problem.ToString())));
        return problems.Length == 0 ? 0 : 1;
    }

    private delegate int Action(TextWriter output, TextWriter errors, string? file, bool json);

    private static Command Sub(string name, string description, TextWriter output, TextWriter errors, Action action)
    {
        var file = new Argument<string?>("FILE")
        {
            Description = $"settings file, read with the drop-ins of config.d beside it (default: ${KatanetOptions.PathVariable}, then {KatanetOptions.DefaultPath}, or no file)",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var json = new Option<bool>("--json") { Description = "print JSON" };
        var command = new Command(name, description) { file, json };
        command.SetAction(result => action(output, errors, result.GetValue(file), result.GetValue(json)));
        return command;
    }

    private static Command Schema(TextWriter output)
    {
        var markdown = new Option<bool>("--markdown") { Description = "print a page for people instead" };
        var command = new Command("schema", "print the JSON schema of the settings file, for editors") { markdown };
        command.SetAction(result => output.Write(result.GetValue(markdown) ? ConfigSchema.ToMarkdown() : ConfigSchema.ToJson()));
        return command;
    }
}
