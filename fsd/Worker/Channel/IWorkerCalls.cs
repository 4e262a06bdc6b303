using System;
using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.Worker.Channel;

/// <summary>A way to ask the worker: one process, or whichever there is.</summary>
internal interface IWorkerCalls
{
    /// <summary>Asks and waits for the answer.</summary>
    /// <param name="operation">What is asked for.</param>
    /// <param name="index">The queue.</param>
    /// <param name="value">A number that depends on the operation.</param>
    /// <param name="payload">What follows.</param>
    /// <param name="fds">Descriptors; they stay open here.</param>
    /// <returns>The answer's number.</returns>
    /// <exception cref="Linux.LinuxException">The worker refused.</exception>
    ulong Call(ChannelOperation operation, uint index = 0, ulong value = 0, ReadOnlySpan<byte> payload = default, ReadOnlySpan<int> fds = default);
}

/// <summary>Shorter forms.</summary>
internal static class WorkerCallsForms
{
    /// <summary>Asks with a structure as payload.</summary>
    /// <typeparam name="T">Its form.</typeparam>
    /// <inheritdoc cref="IWorkerCalls.Call"/>
    public static ulong Call<T>(this IWorkerCalls worker, ChannelOperation operation, uint index, in T payload, ReadOnlySpan<int> fds = default)
        where T : unmanaged =>
        worker.Call(operation, index, 0, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in payload)), fds);
}
