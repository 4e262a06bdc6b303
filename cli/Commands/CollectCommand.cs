using System;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.Cli.Checks;
using KataShimNet.Cli.Support;

namespace KataShimNet.Cli.Commands;

/// <summary><c>katanet collect</c>: a support bundle.</summary>
internal static class CollectCommand
{
    public static Command Create(TextWriter output, TextWriter errors)
    {
        Option<string?> config = SandboxArguments.Config();
        var file = new Option<string?>("--output", "-o") { Description = "archive to write (default: katanet-TIME.tar.gz here)", HelpName = "FILE" };
        var command = new Command("collect", "write an archive for support: checks, settings, sandboxes and their logs; no environment, annotations or secrets") { file, config };
        command.SetAction((result, _) => SandboxArguments.RunAsync(errors, () =>
        {
            string path = result.GetValue(file) ?? $"katanet-{DateTime.UtcNow.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}.tar.gz";
            foreach (string name in SupportBundle.Write(path, new Machine("/"), result.GetValue(config), SandboxArguments.List(result.GetValue(config))))
                errors.WriteLine(name);
            output.WriteLine(path);
            return Task.FromResult(0);
        }));
        return command;
    }
}
