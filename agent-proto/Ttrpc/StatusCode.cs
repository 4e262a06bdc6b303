namespace KataShimNet.AgentProto.Ttrpc;

/// <summary>The codes of google.rpc.Status that cross our wires (grpc/doc/statuscodes.md).</summary>
public enum StatusCode
{
    /// <summary>Success; never sent in a status.</summary>
    Ok = 0,
    /// <summary>The caller gave up.</summary>
    Cancelled = 1,
    /// <summary>An error that fits no other code.</summary>
    Unknown = 2,
    /// <summary>The request makes no sense, whatever the state.</summary>
    InvalidArgument = 3,
    /// <summary>The time for it ran out.</summary>
    DeadlineExceeded = 4,
    /// <summary>No such container, process or path.</summary>
    NotFound = 5,
    /// <summary>There is one by that name already.</summary>
    AlreadyExists = 6,
    /// <summary>The caller may not do this.</summary>
    PermissionDenied = 7,
    /// <summary>A limit is used up.</summary>
    ResourceExhausted = 8,
    /// <summary>Not in this state.</summary>
    FailedPrecondition = 9,
    /// <summary>The operation was given up half-way, for instance because of the sandbox's death.</summary>
    Aborted = 10,
    /// <summary>Not implemented.</summary>
    Unimplemented = 12,
    /// <summary>An invariant is broken, or a part below failed.</summary>
    Internal = 13,
    /// <summary>The peer cannot be reached.</summary>
    Unavailable = 14,
}
