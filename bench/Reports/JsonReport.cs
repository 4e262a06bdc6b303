using System.Text.Json;
using System.Text.Json.Serialization;

namespace KataShimNet.Bench.Reports;

/// <summary>The report for programs.</summary>
internal static partial class JsonReport
{
    public static string Write(BenchReport report) => JsonSerializer.Serialize(report, ReportContext.Default.BenchReport) + "\n";

    [JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(BenchReport))]
    private sealed partial class ReportContext : JsonSerializerContext;
}
