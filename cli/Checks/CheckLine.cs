using System.Text.Json.Serialization;

namespace KataShimNet.Cli.Checks;

/// <summary>How a check ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Verdict>))]
internal enum Verdict
{
    /// <summary>As it should be.</summary>
    [JsonStringEnumMemberName("pass")]
    Pass,
    /// <summary>Sandboxes run, but slower or with less.</summary>
    [JsonStringEnumMemberName("warn")]
    Warn,
    /// <summary>No sandbox can run.</summary>
    [JsonStringEnumMemberName("fail")]
    Fail,
}

/// <summary>One check's result.</summary>
/// <param name="Subject">What was looked at.</param>
/// <param name="Verdict">How it ended.</param>
/// <param name="Finding">What was found.</param>
/// <param name="Advice">What to do about it; null when all is well.</param>
internal sealed record CheckLine(string Subject, Verdict Verdict, string Finding, string? Advice)
{
    public static CheckLine Pass(string subject, string finding) => new(subject, Verdict.Pass, finding, null);

    public static CheckLine Warn(string subject, string finding, string advice) => new(subject, Verdict.Warn, finding, advice);

    public static CheckLine Fail(string subject, string finding, string advice) => new(subject, Verdict.Fail, finding, advice);
}
