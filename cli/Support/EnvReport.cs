using System.Collections.Generic;
using System.Linq;
using KataShimNet.Cli.Checks;
using KataShimNet.Cli.Commands;
using KataShimNet.RuntimeConfig;

namespace KataShimNet.Cli.Support;

/// <summary>What somebody who helps from afar asks first.</summary>
/// <param name="Version">Version of katanet.</param>
/// <param name="Kernel">The host's kernel.</param>
/// <param name="Processors">How many processors.</param>
/// <param name="MemoryMib">The host's memory.</param>
/// <param name="ConfigFiles">The settings files that were read.</param>
/// <param name="Changed">Settings that differ from their defaults, with where each comes from.</param>
/// <param name="Usable">Whether no check failed.</param>
/// <param name="Checks">All checks.</param>
internal sealed record EnvReport(
    string Version, string Kernel, int Processors, long MemoryMib, IReadOnlyList<string> ConfigFiles, IReadOnlyList<string> Changed, bool Usable,
    IReadOnlyList<CheckLine> Checks)
{
    /// <summary>Looks.</summary>
    public static EnvReport Make(Machine machine, string? config)
    {
        LoadedConfig? loaded = null;
        try
        {
            loaded = ConfigLoader.LoadWithOrigins(SettingsFile.Find(config));
        }
        catch (ConfigException)
        {
            // The checks tell what is wrong.
        }
        CheckReport report = CheckCommand.Check(machine, config);
        string memory = (machine.Text("/proc/meminfo") ?? "").Split('\n').FirstOrDefault(static line => line.StartsWith("MemTotal:", System.StringComparison.Ordinal)) ?? "0 0";
        return new EnvReport(
            VersionCommand.Read().Version, machine.Text("/proc/sys/kernel/osrelease")?.Trim() ?? "", System.Environment.ProcessorCount,
            long.TryParse(memory.Split(' ', System.StringSplitOptions.RemoveEmptyEntries)[1], out long kib) ? kib / 1024 : 0,
            loaded?.Files ?? [],
            [.. (loaded?.Origins ?? new Dictionary<string, ConfigOrigin>()).Select(static pair => $"{pair.Key} ({pair.Value})").Order(System.StringComparer.Ordinal)],
            report.Usable, report.Checks);
    }
}
