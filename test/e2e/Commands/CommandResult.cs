using System;
using System.Text;
using Xunit;

namespace KataShimNet.EndToEndTests.Commands;

/// <summary>What a command did.</summary>
/// <param name="Line">The command, for messages.</param>
/// <param name="ExitCode">Its exit code; -1 when it did not end in time and was killed.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="ErrorOutput">Its standard error.</param>
/// <param name="Took">How long it ran.</param>
/// <param name="TimedOut">Whether its time ran out.</param>
public sealed record CommandResult(string Line, int ExitCode, byte[] Output, string ErrorOutput, TimeSpan Took, bool TimedOut)
{
    /// <summary>Standard output as text.</summary>
    public string Text => Encoding.UTF8.GetString(Output);

    /// <summary>Both outputs, as a reader at a terminal has them.</summary>
    public string AllText => Text + ErrorOutput;

    /// <summary>Checks the exit code; the message holds all that the command said.</summary>
    public CommandResult Exits(int expected)
    {
        Assert.True(!TimedOut && ExitCode == expected, Describe($"expected exit code {expected}"));
        return this;
    }

    /// <summary>Checks that it failed by itself, and that its words name the cause.</summary>
    public CommandResult FailsNaming(params string[] words)
    {
        Assert.True(!TimedOut && ExitCode != 0, Describe("expected a failure"));
        foreach (string word in words)
        {
            Assert.True(AllText.Contains(word, StringComparison.OrdinalIgnoreCase), Describe($"expected the words to name '{word}'"));
        }

        return this;
    }

    /// <summary>Checks standard output, but for the white space around it.</summary>
    public CommandResult Prints(string expected)
    {
        Assert.True(Text.Trim() == expected, Describe($"expected the output '{expected}'"));
        return this;
    }

    /// <summary>A message with the command and its output.</summary>
    public string Describe(string what) =>
        $"{what}, but: {Line}\n" +
        (TimedOut ? $"did not end within {Took.TotalSeconds:F0} s" : $"ended with {ExitCode} after {Took.TotalSeconds:F1} s") +
        $"\n--- stdout ---\n{Cut(Text)}\n--- stderr ---\n{Cut(ErrorOutput)}";

    private static string Cut(string text) => text.Length <= 4000 ? text : string.Concat(text.AsSpan(0, 2000), "\n[...]\n", text.AsSpan(text.Length - 2000));
}
