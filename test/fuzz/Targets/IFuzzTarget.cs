using System;

namespace KataShimNet.Fuzz.Targets;

/// <summary>Code of the daemon that is fed with bytes. Whatever is wrong is an exception, or the end of the process.</summary>
internal interface IFuzzTarget : IDisposable
{
    /// <summary>Runs one input from the same state each time. Called by one thread.</summary>
    /// <param name="input">Any bytes.</param>
    void Run(ReadOnlySpan<byte> input);
}
