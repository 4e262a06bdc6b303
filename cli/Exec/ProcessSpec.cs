using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace KataShimNet.Cli.Exec;

/// <summary>What is to run, as the process of an OCI specification in JSON.</summary>
internal static class ProcessSpec
{
    /// <summary>The container's own process (user, environment, capabilities) with another command.</summary>
    /// <param name="bundle">Bundle of the container.</param>
    /// <param name="command">The command.</param>
    /// <param name="terminal">Whether it gets a terminal.</param>
    /// <exception cref="CliException">The container's own cannot be read.</exception>
    public static byte[] InContainer(string bundle, IReadOnlyList<string> command, bool terminal)
    {
        string file = Path.Combine(bundle, "config.json");
        try
        {
            if (JsonNode.Parse(File.ReadAllBytes(file))?["process"] is not JsonObject process)
                throw new CliException($"{file} has no process");
            return Fill(process, command, terminal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new CliException($"{file} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>A process of the guest itself.</summary>
    /// <param name="command">The command.</param>
    /// <param name="terminal">Whether it gets a terminal.</param>
    public static byte[] InGuest(IReadOnlyList<string> command, bool terminal) => Fill(new JsonObject { ["cwd"] = "/", ["env"] = new JsonArray() }, command, terminal);

    private static byte[] Fill(JsonObject process, IReadOnlyList<string> command, bool terminal)
    {
        process["args"] = new JsonArray([.. command.Select(static word => (JsonNode)JsonValue.Create(word))]);
        process["terminal"] = JsonValue.Create(terminal);
        process.Remove("consoleSize");
        if (terminal && process["env"] is JsonArray environment)
            environment.Add((JsonNode)JsonValue.Create("TERM=" + (Environment.GetEnvironmentVariable("TERM") ?? "xterm")));
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
            process.WriteTo(writer);
        return bytes.ToArray();
    }
}
