using System;
using System.CommandLine;
using System.IO;
using KataShimNet.Cli.Logs;

namespace KataShimNet.Cli.Commands;

/// <summary><c>katanet logs</c>: the log of a sandbox that is there.</summary>
internal static class LogsCommand
{
    public static Command Create(TextWriter output, TextWriter errors)
    {
        Option<string?> config = SandboxArguments.Config();
        Argument<string> id = SandboxArguments.Id();
        var follow = new Option<bool>("--follow", "-f") { Description = "go on until the sandbox is gone" };
        (Option<bool> Option, LogSource Source)[] sources =
        [
            (new Option<bool>("--shim") { Description = "lines of the shim, with what QEMU complains of" }, LogSource.Shim),
            (new Option<bool>("--console") { Description = "the guest's console" }, LogSource.Console),
            (new Option<bool>("--agent") { Description = "lines of the agent in the guest" }, LogSource.Agent),
            (new Option<bool>("--fsd") { Description = "lines of the file daemon" }, LogSource.Fsd),
        ];
        var command = new Command("logs", "print the log of a sandbox, from level debug on; all of it, or some: --shim --console --agent --fsd") { id, config, follow };
        foreach ((Option<bool> option, _) in sources)
            command.Options.Add(option);
        command.SetAction((result, cancel) => SandboxArguments.RunAsync(errors, async () =>
        {
            LogSource wanted = LogSource.None;
            foreach ((Option<bool> option, LogSource source) in sources)
                wanted |= result.GetValue(option) ? source : LogSource.None;
            var log = new SandboxLog(SandboxArguments.List(result.GetValue(config)).Find(result.GetValue(id)!).Folder);
            wanted = wanted == LogSource.None ? LogSource.All : wanted;
            if (!result.GetValue(follow))
            {
                log.Copy(output, wanted);
                return 0;
            }
            try
            {
                await log.FollowAsync(output, wanted, cancel).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // Ctrl-C is how following ends.
            }
            return 0;
        }));
        return command;
    }
}
