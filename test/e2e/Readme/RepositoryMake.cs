using System;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Nodes;

namespace KataShimNet.EndToEndTests.Readme;

/// <summary>make in the repository that the tests were built in, with programs and guest as they are.</summary>
public static class RepositoryMake
{
    /// <summary>Makes a target.</summary>
    /// <param name="limit">How long it may take.</param>
    /// <param name="arguments">The target and its variables.</param>
    /// <remarks>What is published is under test: make is told to take it as new, or it would build while others use it.</remarks>
    public static Task<CommandResult> RunAsync(TimeSpan limit, params string[] arguments) => Command.RunAsync(
        limit, null, "make", ["--no-print-directory", "--directory", TestNode.FindRepository(), "--old-file", "publish", "--old-file", "guest", .. arguments]);
}
