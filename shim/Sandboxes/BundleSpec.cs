using System;
using System.IO;
using KataShimNet.AgentProto.Kata.Oci;
using KataShimNet.AgentProto.Oci;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>The specification of a container, as its bundle has it.</summary>
internal static class BundleSpec
{
    /// <summary>Name of the file (OCI runtime specification, bundle.md).</summary>
    public const string FileName = "config.json";

    /// <summary>Reads it.</summary>
    /// <param name="bundle">The bundle's folder.</param>
    /// <exception cref="TtrpcException">InvalidArgument: there is none, or it is no specification.</exception>
    public static Spec Read(string bundle)
    {
        var path = Path.Combine(bundle, FileName);
        try
        {
            return OciJson.ReadSpec(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OciJsonException)
        {
            throw new TtrpcException(StatusCode.InvalidArgument, $"{path}: {e.Message}", e);
        }
    }
}
