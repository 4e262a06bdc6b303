using System.CommandLine;
using System.IO;
using System.Text.Json;
using System.Threading.Tasks;
using KataShimNet.Sandboxes;

namespace KataShimNet.Cli.Commands;

/// <summary><c>katanet inspect</c>: all that the node knows of one sandbox, as JSON.</summary>
internal static class InspectCommand
{
    public static Command Create(TextWriter output, TextWriter errors)
    {
        Option<string?> config = SandboxArguments.Config();
        Argument<string> id = SandboxArguments.Id();
        var command = new Command("inspect", "print what the node knows of a sandbox, as JSON") { id, config };
        command.SetAction((result, _) => SandboxArguments.RunAsync(errors, () =>
        {
            output.WriteLine(JsonSerializer.Serialize(SandboxArguments.List(result.GetValue(config)).Find(result.GetValue(id)!), SandboxJson.Default.SandboxEntry));
            return Task.FromResult(0);
        }));
        return command;
    }
}
