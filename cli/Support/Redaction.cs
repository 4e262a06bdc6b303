using System.Text.RegularExpressions;

namespace KataShimNet.Cli.Support;

/// <summary>Takes out of texts what may be a secret, before somebody else reads them.</summary>
internal static partial class Redaction
{
    private const string Gone = "(removed)";

    /// <summary>A line of a log without values of what looks like secrets, and without credentials in addresses.</summary>
    public static string Line(string line) => Credentials().Replace(Assignments().Replace(line, "$1" + Gone), "$1" + Gone + "@");

    [GeneratedRegex("""((?:[A-Za-z0-9_.-]*(?:password|passwd|secret|token|credential|api_?key|private_?key|authorization)[A-Za-z0-9_.-]*)\\?"?\s*[=:]\s*)(?:\\?"(?:[^"\\]|\\.)*\\?"|[^\s,;]+(?:\s+[A-Za-z0-9+/=_.-]{16,})?)""", RegexOptions.IgnoreCase)]
    private static partial Regex Assignments();

    [GeneratedRegex("""([a-z][a-z0-9+.-]*://)[^/\s:@]+:[^/\s@]+@""", RegexOptions.IgnoreCase)]
    private static partial Regex Credentials();
}
