using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using KataShimNet.EndToEndTests.Images;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Readme;

/// <summary>Commands of the README and of docs/ that are marked for the tests: the fenced block below a line <c>&lt;!-- tested: NAME --&gt;</c>.</summary>
public static class ReadmeBlock
{
    /// <summary>Reads a block as one script that stops at its first failure; IMAGE stands for the tests' image.</summary>
    /// <param name="name">Name in the mark.</param>
    /// <param name="file">The document.</param>
    public static string Script(string name, string file = "README.md")
    {
        IEnumerable<string> lines = File.ReadLines(Path.Combine(TestNode.FindRepository(), file))
            .SkipWhile(line => line != $"<!-- tested: {name} -->").Skip(1);
        Assert.Equal("```", lines.FirstOrDefault());
        string[] commands = [.. lines.Skip(1).TakeWhile(line => line != "```")];
        Assert.NotEmpty(commands);
        // Leading words "set -x" show, in a failure, which command it was.
        return $"set -ex\n{string.Join('\n', commands)}\n"
            .Replace("IMAGE", TestImages.Busybox, StringComparison.Ordinal)
            .Replace("io.containerd.katanet.v2", TestNode.Runtime, StringComparison.Ordinal);
    }
}
