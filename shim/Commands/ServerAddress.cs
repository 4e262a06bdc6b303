using System;
using System.IO;
using System.Text.Json;
using KataShimNet.RuntimeConfig.Options;

namespace KataShimNet.Shim.Commands;

/// <summary>The text by which containerd learns where a sandbox's server is: printed by <c>start</c>, and kept in the bundle.</summary>
internal static class ServerAddress
{
    private const string Scheme = "unix://";

    /// <summary>The socket for gRPC, beside the server's own.</summary>
    /// <param name="socket">Path of the server's socket.</param>
    public static string GrpcPathOf(string socket) => Path.ChangeExtension(socket, ".grpc");

    /// <summary>The text. For ttRPC the plain form, which every containerd takes; for gRPC the one that containerd 1.7 takes.</summary>
    /// <param name="protocol">What containerd is to speak.</param>
    /// <param name="socket">Path of the server's socket.</param>
    public static string Text(ShimProtocol protocol, string socket) => protocol == ShimProtocol.Ttrpc
        ? Scheme + socket
        : $$"""{"version":2,"address":"{{JsonEncodedText.Encode(GrpcPathOf(socket))}}","protocol":"grpc"}""";

    /// <summary>The folder in which the sockets of a text lie.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Null when it is no such text.</returns>
    public static string? FolderOf(string text)
    {
        if (text.StartsWith(Scheme, StringComparison.Ordinal))
            return Path.GetDirectoryName(text[Scheme.Length..]);
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("address", out var address)
                ? Path.GetDirectoryName(address.GetString())
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
