using System;
using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using KataShimNet.AgentProto.Kata.Oci;

namespace KataShimNet.AgentProto.Oci;

/// <summary>
/// The OCI runtime specification (config.json, version 1.2) as JSON, to and from the mirror of it that the guest agent's API carries.
/// Reading passes over keys that the mirror has no place for: <c>scheduler</c>, <c>ioPriority</c>,
/// <c>execCPUAffinity</c>, <c>domainname</c>, <c>linux.timeOffsets</c>, <c>personality</c>, <c>rdma</c>,
/// <c>memory.checkBeforeUpdate</c>, the listener of seccomp, id mappings of
/// single mounts, and the parts for other systems.
/// </summary>
public static class OciJson
{
    /// <summary>Reads a container's specification (config.json).</summary>
    /// <param name="utf8">The document.</param>
    /// <exception cref="OciJsonException">It is not JSON, or a value has another type than the specification gives it.</exception>
    public static Spec ReadSpec(ReadOnlyMemory<byte> utf8) => Read(utf8, SpecJson.Read);

    /// <summary>Reads a process, as Exec of the task API carries it.</summary>
    /// <param name="utf8">The document.</param>
    /// <exception cref="OciJsonException">As for <see cref="ReadSpec"/>.</exception>
    public static Process ReadProcess(ReadOnlyMemory<byte> utf8) => Read(utf8, ProcessJson.Read);

    /// <summary>Reads resources, as Update of the task API carries them.</summary>
    /// <param name="utf8">The document.</param>
    /// <exception cref="OciJsonException">As for <see cref="ReadSpec"/>.</exception>
    public static LinuxResources ReadResources(ReadOnlyMemory<byte> utf8) => Read(utf8, ResourcesJson.Read);

    /// <summary>Writes a container's specification for a runtime such as crun.</summary>
    /// <param name="spec">What to write.</param>
    /// <returns>The document, UTF-8.</returns>
    public static byte[] WriteSpec(Spec spec) => Write(spec, SpecJson.Write);

    /// <summary>Writes a process, for <c>crun exec --process</c>.</summary>
    /// <param name="process">What to write.</param>
    /// <returns>The document, UTF-8.</returns>
    public static byte[] WriteProcess(Process process) => Write(process, ProcessJson.Write);

    /// <summary>Writes resources, for <c>crun update --resources</c>.</summary>
    /// <param name="resources">What to write.</param>
    /// <returns>The document, UTF-8.</returns>
    public static byte[] WriteResources(LinuxResources resources) => Write(resources, ResourcesJson.Write);

    private static T Read<T>(ReadOnlyMemory<byte> utf8, Func<OciNode, T> read)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(utf8);
        }
        catch (JsonException e)
        {
            throw new OciJsonException("", $"not a JSON document (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1})", e);
        }
        using (document)
            return read(OciNode.Document(document.RootElement));
    }

    private static byte[] Write<T>(T value, Action<Utf8JsonWriter, T> members)
    {
        ArgumentNullException.ThrowIfNull(value);
        var buffer = new ArrayBufferWriter<byte>(16 * 1024);
        // The reader is a JSON parser, never a web page: arguments and environment stay legible.
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            members(json, value);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }
}
