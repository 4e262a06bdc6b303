using System;
using System.Threading;
using System.Threading.Tasks;

namespace KataShimNet.Shim.Stdio;

/// <summary>Where output of a process goes.</summary>
internal interface IOutputSink : IDisposable
{
    /// <summary>Bytes taken so far, dropped ones included: tells a slow reader from one that is stuck.</summary>
    long Progress { get; }

    /// <summary>Writes everything, at the pace of the reader.</summary>
    /// <param name="data">The bytes.</param>
    /// <param name="cancel">Gives up; what was not written is lost.</param>
    ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancel);
}
