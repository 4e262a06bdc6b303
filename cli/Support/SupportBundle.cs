using System.Collections.Generic;
using System.Formats.Tar;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;
using System.Text.Json;
using KataShimNet.Cli.Checks;
using KataShimNet.Cli.Commands;
using KataShimNet.Cli.Logs;
using KataShimNet.RuntimeConfig;
using KataShimNet.Sandboxes;

namespace KataShimNet.Cli.Support;

/// <summary>Puts what is needed to understand a problem into one archive, without environment variables, annotations, arguments and secrets.</summary>
internal static class SupportBundle
{
    private const UnixFileMode OnlyOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Writes the archive (tar.gz).</summary>
    /// <returns>The names of what is in it.</returns>
    public static IReadOnlyList<string> Write(string file, Machine machine, string? config, SandboxList sandboxes)
    {
        var names = new List<string>();
        using var stream = new FileStream(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OnlyOwner });
        using var zip = new GZipStream(stream, CompressionLevel.Optimal);
        using var tar = new TarWriter(zip);
        IReadOnlyList<SandboxEntry> all = sandboxes.All();
        Add("env.json", JsonSerializer.Serialize(EnvReport.Make(machine, config), CliJson.Default.EnvReport));
        Add("config.yaml", Settings(config));
        Add("sandboxes.json", JsonSerializer.Serialize([.. all], SandboxJson.Default.SandboxEntryArray));
        foreach (SandboxEntry sandbox in all)
            Add($"sandboxes/{sandbox.Namespace}-{sandbox.Id}.log", LogOf(sandbox));
        return names;

        void Add(string name, string text)
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, $"katanet/{name}") { Mode = OnlyOwner, DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
            names.Add(name);
        }
    }

    // Arguments of QEMU and of the kernel may have anything in them.
    private static string Settings(string? config)
    {
        try
        {
            return string.Join('\n', ConfigText.ToYaml(ConfigLoader.LoadWithOrigins(SettingsFile.Find(config))).Split('\n').Select(Redaction.Line));
        }
        catch (ConfigException e)
        {
            return Redaction.Line(e.Message);
        }
    }

    private static string LogOf(SandboxEntry sandbox)
    {
        using var text = new StringWriter();
        try
        {
            new SandboxLog(sandbox.Folder).Copy(text, LogSource.All);
        }
        catch (CliException e)
        {
            return e.Message;
        }
        return string.Join('\n', text.ToString().Split('\n').Select(Redaction.Line));
    }
}
