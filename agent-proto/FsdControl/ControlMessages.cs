using System.Text.Json.Serialization;

namespace KataShimNet.AgentProto.FsdControl;

/// <summary>What may be assumed of an export's files (design: exports and their coherency classes).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CoherencyClass>))]
public enum CoherencyClass
{
    /// <summary>Nobody changes it: the guest root, read-only images. Attributes and names are valid for ever.</summary>
    Static,
    /// <summary>One guest alone changes it: a container's root. Attributes and names are valid for long.</summary>
    Private,
    /// <summary>Others may change it at any time: volumes. Every access asks again.</summary>
    Shared,
}

/// <summary>Which files a guest maps into its DAX window, where they are the host's own memory, instead of copying them into its page cache.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DaxUse>))]
public enum DaxUse
{
    /// <summary>Those that others may change: of class <see cref="CoherencyClass.Shared"/>.</summary>
    Auto,
    /// <summary>All.</summary>
    Always,
    /// <summary>None.</summary>
    Never,
}

/// <summary>How one export is served.</summary>
/// <param name="Class">Coherency class.</param>
/// <param name="ReadOnly">Whether every change is refused with EROFS.</param>
/// <param name="Live">
/// Whether the root stays in the mount namespace that it is in, so that later mounts propagate into it; nothing may lie above it there.
/// Otherwise fsd serves a detached copy.
/// </param>
/// <param name="Dax">Whether the guest maps its files into the DAX window, when the device has one.</param>
public sealed record ExportPolicy(CoherencyClass Class, bool ReadOnly, bool Live = false, DaxUse Dax = DaxUse.Auto);

/// <summary>What a request asks for.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ControlOperation>))]
public enum ControlOperation
{
    /// <summary>Answers once the daemon serves; carries nothing.</summary>
    Ping,
    /// <summary>Adds an export: name, policy, and one descriptor of its root (a directory, or a single file; O_PATH is enough).</summary>
    AddExport,
    /// <summary>Removes an export: its name vanishes, every node of it answers ESTALE, and its descriptors are closed before the answer.</summary>
    RemoveExport,
    /// <summary>Asks for the few numbers by which a caller sees how the daemon is.</summary>
    Status,
    /// <summary>Asks for all numbers.</summary>
    Metrics,
    /// <summary>The machine is about to be stopped: when this is answered no request of the daemon is on its way to QEMU, and none follows.</summary>
    Hold,
    /// <summary>The machine goes on.</summary>
    Release,
    /// <summary>
    /// The machine is about to be stopped, and its clock with it: its guest is promised nothing any more of what others may change. The answer comes
    /// when all that it was promised has run out, after validity and margin of the leases.
    /// </summary>
    SuspendLeases,
    /// <summary>The machine runs again.</summary>
    ResumeLeases,
}

/// <summary>A request of the shim to fsd: one JSON packet on a SOCK_SEQPACKET socket, at most <see cref="MaxPacket"/> bytes.</summary>
/// <param name="Id">Chosen by the caller, repeated in the answer. Requests are answered in order.</param>
/// <param name="Operation">What is asked for.</param>
/// <param name="Export">Name of the export: 1 to 255 bytes, no slash, not <c>.</c> or <c>..</c>.</param>
/// <param name="Policy">Policy of a new export.</param>
public sealed record ControlRequest(int Id, ControlOperation Operation, string? Export = null, ExportPolicy? Policy = null)
{
    /// <summary>Most bytes of one packet, either way.</summary>
    public const int MaxPacket = 64 * 1024;
}

/// <summary>The answer to a request.</summary>
/// <param name="Id">The request's.</param>
/// <param name="Errno">0, or an error number.</param>
/// <param name="Message">With an error: what failed, for people.</param>
/// <param name="Status">Answer to Status.</param>
/// <param name="Metrics">Answer to Metrics.</param>
public sealed record ControlResponse(int Id, int Errno = 0, string? Message = null, DaemonStatus? Status = null, DaemonMetrics? Metrics = null);

/// <summary>Counters of a running daemon.</summary>
/// <param name="WorkerPid">Process id of the worker.</param>
/// <param name="Requests">FUSE requests answered.</param>
/// <param name="Inodes">Inodes that the guest knows.</param>
/// <param name="OpenFiles">Files and folders that the guest holds open.</param>
/// <param name="Exports">Exports served.</param>
/// <param name="DaxWindow">Bytes of the DAX window; 0 when there is none.</param>
/// <param name="Mappings">Parts of files that the guest has mapped there.</param>
public sealed record DaemonStatus(int WorkerPid, long Requests, long Inodes, long OpenFiles, int Exports, long DaxWindow = 0, int Mappings = 0);

/// <summary>JSON forms of the control messages, generated at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ControlRequest))]
[JsonSerializable(typeof(ControlResponse))]
public sealed partial class ControlJson : JsonSerializerContext;
