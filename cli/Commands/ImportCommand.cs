using System;
using System.CommandLine;
using System.IO;
using KataShimNet.Cli.Import;
using KataShimNet.RuntimeConfig;
using KataShimNet.RuntimeConfig.Kata;

namespace KataShimNet.Cli.Commands;

/// <summary><c>katanet config import</c>: a settings file of Kata's as one of ours.</summary>
internal static class ImportCommand
{
    public static Command Create(TextWriter output, TextWriter errors)
    {
        var file = new Argument<string?>("FILE") { Description = "configuration.toml of Kata", Arity = ArgumentArity.ZeroOrOne };
        var table = new Option<bool>("--table") { Description = "print the table of names (Markdown) instead" };
        var command = new Command(
            "import", "print a settings file of Kata's as one of ours; on standard error what has no equal. Exit code 1 when the file cannot be read")
        {
            file, table,
        };
        command.Validators.Add(result =>
        {
            if (!result.GetValue(table) && result.GetValue(file) is null)
                result.AddError("which FILE?");
        });
        command.SetAction(result =>
        {
            if (!result.GetValue(table))
                return Run(output, errors, result.GetValue(file)!);
            output.Write(KataTable.ToMarkdown());
            return 0;
        });
        return command;
    }

    /// <summary>Converts a file; 1 when it cannot be read.</summary>
    public static int Run(TextWriter output, TextWriter errors, string file)
    {
        try
        {
            var import = KataImport.From(file, KataToml.Read(File.ReadAllText(file), file));
            output.Write(import.Yaml);
            if (import.NoEqual.Count > 0)
                errors.WriteLine("without an equal:");
            foreach (string line in import.NoEqual)
                errors.WriteLine(line);
            return 0;
        }
        catch (Exception e) when (e is ConfigException or IOException or UnauthorizedAccessException)
        {
            errors.WriteLine(e.Message);
            return 1;
        }
    }
}
