using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf;
using Grpc.Core;
using KataShimNet.AgentProto.Ttrpc;
using KeyValue = KataShimNet.AgentProto.Ttrpc.Wire.KeyValue;

namespace KataShimNet.GrpcDoor;

/// <summary>Passes calls on to the shim, and its answers and errors back.</summary>
/// <param name="shim">The connection to the shim.</param>
internal sealed class TaskDoor(TtrpcClient shim)
{
    /// <summary>Passes one call on.</summary>
    /// <param name="service">Full name of the service.</param>
    /// <param name="method">Name of the method.</param>
    /// <param name="request">The request.</param>
    /// <param name="parser">Parser of the answer.</param>
    /// <param name="call">The caller's deadline and end.</param>
    /// <exception cref="RpcException">The shim's error, with its code.</exception>
    public async Task<TResponse> ForwardAsync<TResponse>(
        string service, string method, IMessage request, MessageParser<TResponse> parser, ServerCallContext call)
        where TResponse : IMessage<TResponse>
    {
        var timeout = call.Deadline == DateTime.MaxValue ? Timeout.InfiniteTimeSpan : call.Deadline - DateTime.UtcNow;
        if (timeout < TimeSpan.Zero && timeout != Timeout.InfiniteTimeSpan)
            timeout = TimeSpan.Zero;
        try
        {
            return await shim.CallAsync(service, method, Trace(call.RequestHeaders), request, parser, timeout, call.CancellationToken).ConfigureAwait(false);
        }
        catch (TtrpcException e)
        {
            // Both protocols number their codes by the same list (google.rpc.Code).
            throw new RpcException(new Status((Grpc.Core.StatusCode)(int)e.Code, e.Message));
        }
    }
    // Which trace the call belongs to (W3C Trace Context): the shim reads it as if containerd had called it itself.
    private static IEnumerable<KeyValue> Trace(Metadata headers) => headers
        .Where(static header => header.Key is "traceparent" or "tracestate")
        .Select(static header => new KeyValue { Key = header.Key, Value = header.Value });
}
