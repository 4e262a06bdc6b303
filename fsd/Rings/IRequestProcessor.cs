namespace KataShimNet.Fsd.Rings;

/// <summary>What a queue hands its requests to. One object per queue thread, so it may keep buffers of its own.</summary>
public interface IRequestProcessor
{
    /// <summary>Answer of <see cref="Process"/>: the chain was taken, and <see cref="DescriptorChain.Complete"/> will be called.</summary>
    const int Deferred = -1;

    /// <summary>Handles one request. Never throws for what a guest sent.</summary>
    /// <param name="chain">The request.</param>
    /// <returns>Bytes written to the writable part (0 for a request that has no answer), or <see cref="Deferred"/>.</returns>
    int Process(DescriptorChain chain);
}
