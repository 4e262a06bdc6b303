using KataShimNet.AgentProto.Ttrpc.Wire;

namespace KataShimNet.AgentProto.Ttrpc;

/// <summary>Sees every call that a server answers, or that a client makes: for traces and counters.</summary>
public interface ITtrpcObserver
{
    /// <summary>
    /// A call begins: before its handler runs, or before its request is sent, in whose context this is called. It must not throw and not wait.
    /// </summary>
    /// <param name="request">
    /// The request as it is on the wire; its metadata, which anybody may have written, too. A client's may be given more metadata here.
    /// </param>
    /// <returns>What is told of the call's end; null when nobody cares.</returns>
    ITtrpcObservation? Begin(Request request);
}

/// <summary>One call that is seen.</summary>
public interface ITtrpcObservation
{
    /// <summary>The call has ended. Called once. It must not throw and not wait.</summary>
    /// <param name="code">How; <see cref="StatusCode.Ok"/> with an answer.</param>
    /// <param name="message">For people; empty with an answer.</param>
    void End(StatusCode code, string message);
}
