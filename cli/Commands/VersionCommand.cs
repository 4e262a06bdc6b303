using System;
using System.CommandLine;
using System.IO;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace KataShimNet.Cli.Commands;

/// <summary><c>katanet version</c>.</summary>
internal static class VersionCommand
{
    public static Command Create(TextWriter output)
    {
        var json = new Option<bool>("--json") { Description = "print JSON" };
        var command = new Command("version", "print the version of this program") { json };
        command.SetAction(result => Print(output, result.GetValue(json)));
        return command;
    }

    /// <summary>What this program is.</summary>
    public static VersionReport Read()
    {
        // VERSION, and with a source control commit VERSION+COMMIT.
        string full = typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
        string[] parts = full.Split('+', 2);
        return new VersionReport(parts[0], parts.Length == 2 ? parts[1] : null, Environment.Version.ToString(), RuntimeInformation.RuntimeIdentifier);
    }

    private static void Print(TextWriter output, bool json)
    {
        VersionReport version = Read();
        output.WriteLine(json
            ? JsonSerializer.Serialize(version, CliJson.Default.VersionReport)
            : $"katanet {version.Version}{(version.Commit is null ? "" : $" ({version.Commit})")}, .NET {version.Dotnet}, {version.Platform}");
    }
}
