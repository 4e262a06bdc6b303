using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace KataShimNet.Cli.Exec;

/// <summary>What is to run: the container's own process (user, environment, capabilities) with another command.</summary>
internal static class ProcessSpec
{
    /// <summary>The specification as JSON.</summary>
    /// <param name="bundle">Bundle of the container.</param>
    /// <param name="command">The command.</param>
    /// <param name="terminal">Whether it gets a terminal.</param>
    /// <exception cref="CliException">The container's own cannot be read.</exception>
    public static byte[] Build(string bundle, IReadOnlyList<string> command, bool terminal)
    {
        string file = Path.Combine(bundle, "config.json");
        try
        {
            if (JsonNode.Parse(File.ReadAllBytes(file))?["process"] is not JsonObject process)
                throw new CliException($"{file} has no process");
            var words = new JsonArray();
            foreach (string word in command)
                words.Add((JsonNode)JsonValue.Create(word));
            process["args"] = words;
            process["terminal"] = JsonValue.Create(terminal);
            process.Remove("consoleSize");
            if (terminal && process["env"] is JsonArray environment)
                environment.Add((JsonNode)JsonValue.Create("TERM=" + (Environment.GetEnvironmentVariable("TERM") ?? "xterm")));
            using var bytes = new MemoryStream();
            using (var writer = new Utf8JsonWriter(bytes))
                process.WriteTo(writer);
            return bytes.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new CliException($"{file} cannot be read: {e.Message}", e);
        }
    }
}
