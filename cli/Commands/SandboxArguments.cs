using System;
using System.CommandLine;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.RuntimeConfig;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Sandboxes;

namespace KataShimNet.Cli.Commands;

/// <summary>What commands about sandboxes have in common: where state lies, which sandbox, and how an error is told.</summary>
internal static class SandboxArguments
{
    /// <summary>Option <c>--config</c>.</summary>
    public static Option<string?> Config() => new("--config")
    {
        Description = $"settings file of the runtime handler, which says where its state lies (default: ${KatanetOptions.PathVariable}, then {KatanetOptions.DefaultPath})",
        HelpName = "FILE",
    };

    /// <summary>Option <c>--json</c>.</summary>
    public static Option<bool> Json() => new("--json") { Description = "print JSON" };

    /// <summary>Argument ID.</summary>
    public static Argument<string> Id() => new("ID") { Description = "id of a sandbox, or the beginning of one" };

    /// <summary>The sandboxes of a settings file.</summary>
    /// <exception cref="ConfigException">The file is wrong.</exception>
    public static SandboxList List(string? config) => new(ConfigLoader.Load(SettingsFile.Find(config)).Runtime.StateDir);

    /// <summary>Runs a command; its errors become a line and exit code 1.</summary>
    public static async Task<int> RunAsync(TextWriter errors, Func<Task<int>> command)
    {
        try
        {
            return await command().ConfigureAwait(false);
        }
        catch (Exception e) when (e is CliException or SandboxException or ConfigException or TtrpcException or IOException or UnauthorizedAccessException)
        {
            await errors.WriteLineAsync($"katanet: {e.Message}").ConfigureAwait(false);
            return 1;
        }
    }
}
