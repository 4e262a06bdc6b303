using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Xunit;

namespace KataShimNet.UnitTests.Deploy;

/// <summary>
/// Every command of a document is run by a test: a block that is marked, by the test of that name; any other command, in a block or in a sentence, by
/// what <see cref="DocumentCommands"/> says, or it stands there with the reason why nothing runs it.
/// </summary>
public sealed partial class DocumentCommandTests
{
    private static readonly string s_tests = string.Join('\n', Directory.EnumerateFiles(Repository.At("test/e2e"), "*.cs", SearchOption.AllDirectories)
        .Where(file => !file.Contains("/obj/", StringComparison.Ordinal)).Select(File.ReadAllText));

    private static readonly string[] s_documents =
    [
        Repository.At("README.md"), .. Directory.EnumerateFiles(Repository.At("docs"), "*.md"),
        .. Directory.EnumerateFiles(Repository.At("deploy"), "*.md", SearchOption.AllDirectories),
    ];

    public static IEnumerable<TheoryDataRow<string>> Documents => s_documents.Select(file => new TheoryDataRow<string>(Path.GetRelativePath(Repository.At(""), file)));

    [Theory]
    [MemberData(nameof(Documents))]
    public void EveryCommandIsRunOrHasAReason(string document)
    {
        string text = File.ReadAllText(Repository.At(document));
        foreach (Match block in Block().Matches(text))
        {
            string mark = block.Groups["mark"].Value;
            if (mark.Length > 0)
                Assert.Contains($"\"{mark}\"", s_tests, StringComparison.Ordinal);
            else if (block.Groups["language"].Length == 0)
                Assert.All(block.Groups["lines"].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => IsAccountedFor(Explanation().Replace(line, "")));
        }

        foreach (Match span in Span().Matches(Block().Replace(text, "")))
        {
            string[] words = span.Groups[1].Value.Split(' ');
            if (words.Length > 1 && DocumentCommands.Programs.Contains(words[0]))
                IsAccountedFor(span.Groups[1].Value);
        }
    }

    [Fact]
    public void EveryRuleIsNeeded()
    {
        string all = string.Join('\n', s_documents.Select(File.ReadAllText));
        Assert.All(DocumentCommands.Run, rule => Assert.Matches(rule.Command, all));
        Assert.All(DocumentCommands.NotRun, rule => Assert.Matches(rule.Command, all));
    }

    private static void IsAccountedFor(string command)
    {
        if (TestedLines().Contains(command) || DocumentCommands.NotRun.Any(rule => Begins(command, rule.Command)))
            return;
        var runs = DocumentCommands.Run.Where(rule => Begins(command, rule.Command)).ToList();
        Assert.True(runs.Count > 0, $"no test runs: {command}");
        Assert.All(runs, rule => Assert.Contains(rule.Words, File.ReadAllText(Repository.At(rule.File)), StringComparison.Ordinal));
    }

    private static bool Begins(string command, string expression) => Regex.IsMatch(command, $@"^(?:{expression})(?:(?<=/)|(?![\w.-]))");

    // A sentence may name a line of a block that a test runs.
    private static IEnumerable<string> TestedLines() => s_documents.SelectMany(file => Block().Matches(File.ReadAllText(file)))
        .Where(block => block.Groups["mark"].Length > 0).SelectMany(block => block.Groups["lines"].Value.Split('\n'));

    [GeneratedRegex("(?:^<!-- tested: (?<mark>[a-z-]+) -->\n)?^```(?<language>[a-z]*)\n(?<lines>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    // Behind a command, two spaces or more and what it does.
    [GeneratedRegex(" {2,}.*| +# .*")]
    private static partial Regex Explanation();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Span();
}
