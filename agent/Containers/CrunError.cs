using System;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Agent.Containers;

/// <summary>Turns what crun says into an answer that the caller can act upon.</summary>
internal static class CrunError
{
    /// <summary>An answer for a failed run of crun.</summary>
    /// <param name="verb">What was tried, such as <c>create</c>.</param>
    /// <param name="containerId">On which container.</param>
    /// <param name="text">What crun said; may be empty.</param>
    public static TtrpcException From(string verb, string containerId, string text)
    {
        var said = text.Length == 0 ? "crun failed and gave no reason" : text;
        return new TtrpcException(CodeOf(said), $"{verb} of container {containerId}: {said}");
    }

    /// <summary>The code that fits what crun said.</summary>
    /// <param name="text">Its words.</param>
    public static StatusCode CodeOf(string text)
    {
        if (Says("executable file") && (Says("not found") || Says("No such file")))
            return StatusCode.NotFound;
        if (Says("Exec format error") || Says("is a directory"))
            return StatusCode.InvalidArgument;
        if (Says("Permission denied") || Says("Operation not permitted"))
            return StatusCode.PermissionDenied;
        if (Says("container does not exist") || Says("does not exist: No such"))
            return StatusCode.NotFound;
        if (Says("already exists"))
            return StatusCode.AlreadyExists;
        if (Says("No space left on device") || Says("Cannot allocate memory"))
            return StatusCode.ResourceExhausted;
        return StatusCode.Internal;

        bool Says(string words) => text.Contains(words, StringComparison.OrdinalIgnoreCase);
    }
}
