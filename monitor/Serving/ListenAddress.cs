using System;
using System.Net;

namespace KataShimNet.Monitor.Serving;

/// <summary>Where something is served.</summary>
/// <param name="Ip">Address and port; null for a socket with a path.</param>
/// <param name="Path">Path of a socket; null for an address.</param>
internal sealed record ListenAddress(IPEndPoint? Ip, string? Path)
{
    /// <summary>Loopback: the numbers say who runs what on this node.</summary>
    public const string Default = "127.0.0.1:8090";

    /// <summary>Reads <c>ADDRESS:PORT</c> or an absolute path.</summary>
    /// <returns>Null for anything else; a port has to be named.</returns>
    public static ListenAddress? Parse(string? text)
    {
        if (text is ['/', _, ..])
            return new ListenAddress(null, text);
        // IPEndPoint takes an address without a port for port 0.
        return IPEndPoint.TryParse(text ?? "", out var end) && text!.EndsWith($":{end.Port}", StringComparison.Ordinal) && end.Port > 0
            ? new ListenAddress(end, null)
            : null;
    }

    /// <inheritdoc/>
    public override string ToString() => Path ?? Ip!.ToString();
}
