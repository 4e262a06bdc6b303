using System.Text.Json.Serialization;
using KataShimNet.Cli.Checks;
using KataShimNet.Cli.Support;
using KataShimNet.RuntimeConfig;

namespace KataShimNet.Cli;

/// <summary>What <c>katanet version --json</c> prints.</summary>
/// <param name="Version">Version of the product.</param>
/// <param name="Commit">Commit it was built from, if that is known.</param>
/// <param name="Dotnet">Version of .NET inside.</param>
/// <param name="Platform">System and processor it was built for.</param>
internal sealed record VersionReport(string Version, string? Commit, string Dotnet, string Platform);

/// <summary>JSON of everything that the program prints with <c>--json</c>.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CheckReport))]
[JsonSerializable(typeof(ConfigProblem[]))]
[JsonSerializable(typeof(EnvReport))]
[JsonSerializable(typeof(VersionReport))]
internal sealed partial class CliJson : JsonSerializerContext;
