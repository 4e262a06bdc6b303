using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Xunit;

namespace KataShimNet.UnitTests.Deploy;

/// <summary>What the documents name is there: targets of make, settings, files, and messages.</summary>
public sealed partial class DocumentTests
{
    private static readonly string[] s_more = ["README.md", "deploy/kubernetes/README.md"];

    public static IEnumerable<TheoryDataRow<string>> Documents =>
        Directory.EnumerateFiles(Repository.At("docs"), "*.md").Select(file => "docs/" + Path.GetFileName(file)).Concat(s_more).Select(file => new TheoryDataRow<string>(file));

    [Theory]
    [MemberData(nameof(Documents))]
    public void EveryTargetOfMakeIsThere(string file)
    {
        HashSet<string> targets = [.. Target().Matches(File.ReadAllText(Repository.At("Makefile"))).SelectMany(match => match.Groups[1].Value.Split(' '))];
        Assert.Contains("publish", targets);
        foreach (Match command in Make().Matches(Code(file)))
            Assert.All(command.Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries), target => Assert.Contains(target, targets));
    }

    // The table of Kata's keys is generated from the types, and most of its words are Kata's.
    public static IEnumerable<TheoryDataRow<string>> Written => Documents.Where(row => row.Data != "docs/kata-settings.md");

    [Theory]
    [MemberData(nameof(Written))]
    public void EverySettingIsThere(string file)
    {
        string settings = File.ReadAllText(Repository.At("deploy/config.yaml"));
        foreach (Match setting in Setting().Matches(Code(file)))
            Assert.Matches($@"(?m)^{setting.Groups[1].Value}:\n(?:(?:  .*)?\n)*?  {setting.Groups[2].Value}:", settings);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void EveryLinkLeadsSomewhere(string file)
    {
        foreach (Match link in Link().Matches(File.ReadAllText(Repository.At(file))))
            Assert.True(Path.Exists(Path.Combine(Path.GetDirectoryName(Repository.At(file))!, link.Groups[1].Value)), link.Value);
    }

    [Fact]
    public void EveryMessageIsOneOfOurs()
    {
        string sources = string.Join('\n', ((string[])["shim", "cli", "monitor", "deploy"]).SelectMany(Sources).Select(File.ReadAllText));
        string text = Foreign().Replace(File.ReadAllText(Repository.At("docs/troubleshooting.md")), "");
        string[] messages = [.. Message().Matches(text).Select(match => match.Groups[1].Value)];
        Assert.True(messages.Length > 10);
        Assert.All(messages, message => Assert.Contains(message, sources, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Repository.At(folder), "*", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .Where(file => Path.GetExtension(file) is ".cs" or ".sh" or "");

    // Fenced blocks and spans: what is between backticks.
    private static string Code(string file) => string.Join('\n', Span().Matches(File.ReadAllText(Repository.At(file))).Select(match => match.Value));

    [GeneratedRegex("```.*?```|`[^`\n]+`", RegexOptions.Singleline)]
    private static partial Regex Span();

    [GeneratedRegex("^([a-z][a-z ]*):(?!=)", RegexOptions.Multiline)]
    private static partial Regex Target();

    [GeneratedRegex("(?:`|^|&& )make((?: [a-z]+(?![A-Za-z=]))+)", RegexOptions.Multiline)]
    private static partial Regex Make();

    [GeneratedRegex(@"`(hypervisor|guest|sharing|network|agent|runtime|tracing|containerd)\.([a-z_]+)(?=[`:])")]
    private static partial Regex Setting();

    [GeneratedRegex(@"\]\(([^)#:]+)(?:#[^)]*)?\)")]
    private static partial Regex Link();

    [GeneratedRegex("<!-- messages of containerd -->.*?<!-- messages of ours -->", RegexOptions.Singleline)]
    private static partial Regex Foreign();

    [GeneratedRegex(@"^\| `([^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Message();
}
