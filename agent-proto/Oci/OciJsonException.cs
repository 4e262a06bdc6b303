using System;

namespace KataShimNet.AgentProto.Oci;

/// <summary>A JSON document that is not what the OCI runtime specification says; the message names the place and what was expected there.</summary>
public sealed class OciJsonException : Exception
{
    /// <summary>An error at a place of the document.</summary>
    /// <param name="path">Keys and indexes from the document's root, as in <c>process.rlimits[0].hard</c>; empty for the document itself.</param>
    /// <param name="problem">What is wrong there.</param>
    /// <param name="inner">The cause, if another exception told of it.</param>
    public OciJsonException(string path, string problem, Exception? inner = null)
        : base(path.Length == 0 ? $"OCI JSON: {problem}" : $"OCI JSON: {path}: {problem}", inner) => Path = path;

    /// <summary>Keys and indexes from the document's root; empty for the document itself.</summary>
    public string Path { get; }
}
