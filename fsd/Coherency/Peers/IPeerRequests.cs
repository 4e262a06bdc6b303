using KataShimNet.Linux;

namespace KataShimNet.Fsd.Coherency.Peers;

/// <summary>Does what other daemons ask for. Called by one thread; never waits for a queue of the guest, nor for another daemon.</summary>
internal interface IPeerRequests
{
    /// <summary>Does it.</summary>
    /// <param name="request">What is asked for; checked.</param>
    /// <returns>None when it is done.</returns>
    Errno Handle(in PeerRequest request);
}
