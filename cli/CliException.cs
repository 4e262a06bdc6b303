using System;

namespace KataShimNet.Cli;

/// <summary>What a command cannot do, in words for its user. Exit code 1.</summary>
internal sealed class CliException : Exception
{
    public CliException(string message)
        : base(message)
    {
    }

    public CliException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
