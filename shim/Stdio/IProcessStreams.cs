using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf;

namespace KataShimNet.Shim.Stdio;

/// <summary>An output of a process.</summary>
internal enum OutputKind
{
    /// <summary>Standard output, or the terminal.</summary>
    Stdout,

    /// <summary>Standard error.</summary>
    Stderr,
}

/// <summary>The streams of a process in the guest.</summary>
internal interface IProcessStreams
{
    /// <summary>Waits for output and returns what there is; empty at the end.</summary>
    /// <param name="kind">Which output.</param>
    /// <param name="cancel">Gives up waiting.</param>
    Task<ByteString> ReadAsync(OutputKind kind, CancellationToken cancel);

    /// <summary>Gives input to the process.</summary>
    /// <param name="data">The bytes.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>How many bytes were taken, or −1 when the process does not read any more.</returns>
    Task<int> WriteAsync(ByteString data, CancellationToken cancel);

    /// <summary>Lets the process see the end of its input.</summary>
    /// <param name="cancel">Gives up.</param>
    Task CloseInputAsync(CancellationToken cancel);
}
