using System;
using System.Collections.Generic;

namespace KataShimNet.RuntimeConfig;

/// <summary>A settings file that cannot be used. The message has one line for each problem, in the order of the file.</summary>
public sealed class ConfigException : Exception
{
    /// <summary>An error with everything that was found.</summary>
    /// <param name="problems">At least one.</param>
    /// <param name="inner">The cause, if another exception told of it.</param>
    public ConfigException(IReadOnlyList<ConfigProblem> problems, Exception? inner = null)
        : base(string.Join('\n', problems), inner) => Problems = problems;

    /// <summary>The problems, in the order of the file.</summary>
    public IReadOnlyList<ConfigProblem> Problems { get; }
}
