using System;
using System.CommandLine;
using System.IO;
using KataShimNet.Cli.Exec;
using KataShimNet.Sandboxes;

namespace KataShimNet.Cli.Commands;

/// <summary><c>katanet exec</c>: a command, or a shell, in a container of a sandbox.</summary>
internal static class ExecCommand
{
    public static Command Create(TextWriter errors)
    {
        Option<string?> config = SandboxArguments.Config();
        Argument<string> id = SandboxArguments.Id();
        var container = new Option<string?>("--container") { Description = "which container of the sandbox, by its whole id (default: the one that the sandbox was made for)", HelpName = "ID" };
        var terminal = new Option<bool>("--tty", "-t") { Description = "give it a terminal (default: when there is no CMD, and standard input is one)" };
        var words = new Argument<string[]>("CMD") { Description = "command with its arguments, after -- (default: /bin/sh)", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("exec", "run a command in a container of a sandbox, past containerd; ends with its exit code") { id, words, container, terminal, config };
        command.SetAction((result, _) => SandboxArguments.RunAsync(errors, async () =>
        {
            SandboxEntry sandbox = SandboxArguments.List(result.GetValue(config)).Find(result.GetValue(id)!);
            string[] wanted = result.GetValue(words) ?? [];
            bool tty = result.GetValue(terminal) || (wanted.Length == 0 && !Console.IsInputRedirected);
            await using ShimConnection shim = await ShimConnection.OpenAsync(sandbox).ConfigureAwait(false);
            return await new ExecSession(shim, result.GetValue(container) ?? sandbox.Id).RunAsync(wanted.Length == 0 ? ["/bin/sh"] : wanted, tty).ConfigureAwait(false);
        }));
        return command;
    }
}
