using System;
using System.CommandLine;
using System.IO;
using KataShimNet.Cli.Exec;
using KataShimNet.Sandboxes;

namespace KataShimNet.Cli.Commands;

/// <summary><c>katanet exec</c>: a command, or a shell, in a container of a sandbox or in its guest.</summary>
internal static class ExecCommand
{
    public static Command Create(TextWriter errors)
    {
        Option<string?> config = SandboxArguments.Config();
        Argument<string> id = SandboxArguments.Id();
        var container = new Option<string?>("--container") { Description = "which container of the sandbox, by its whole id (default: the one that the sandbox was made for)", HelpName = "ID" };
        var guest = new Option<bool>("--guest") { Description = "in the guest itself, past its containers (needs agent.debug_console: true when the sandbox starts)" };
        var terminal = new Option<bool>("--tty", "-t") { Description = "give it a terminal (default: when there is no CMD, and standard input is one)" };
        var words = new Argument<string[]>("CMD") { Description = "command with its arguments, after -- (default: a shell)", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("exec", "run a command in a container of a sandbox, or in its guest, past containerd; ends with its exit code") { id, words, container, guest, terminal, config };
        command.Validators.Add(result =>
        {
            if (result.GetValue(guest) && result.GetResult(container) is { Implicit: false })
                result.AddError("--guest and --container name two places: give one");
        });
        command.SetAction((result, _) => SandboxArguments.RunAsync(errors, async () =>
        {
            SandboxEntry sandbox = SandboxArguments.List(result.GetValue(config)).Find(result.GetValue(id)!);
            IExecPlace place = result.GetValue(guest) ? new GuestPlace() : new ContainerPlace(result.GetValue(container) ?? sandbox.Id);
            string[] wanted = result.GetValue(words) ?? [];
            bool tty = result.GetValue(terminal) || (wanted.Length == 0 && !Console.IsInputRedirected);
            await using ShimConnection shim = await ShimConnection.OpenAsync(sandbox).ConfigureAwait(false);
            return await new ExecSession(shim, place).RunAsync(wanted.Length == 0 ? [place.Shell] : wanted, tty).ConfigureAwait(false);
        }));
        return command;
    }
}
