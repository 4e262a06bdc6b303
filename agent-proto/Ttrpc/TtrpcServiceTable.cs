using System;
using System.Collections.Frozen;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf;

namespace KataShimNet.AgentProto.Ttrpc;

/// <summary>Which methods a server offers. Filled once, then read by every connection.</summary>
public sealed class TtrpcServiceTable
{
    private readonly Dictionary<string, Func<ByteString, CancellationToken, Task<IMessage>>> _methods = [];
    private readonly HashSet<string> _services = [];

    /// <summary>Adds a method.</summary>
    /// <param name="service">Full name of the service.</param>
    /// <param name="method">Name of the method.</param>
    /// <param name="parser">Parser of its request.</param>
    /// <param name="handler">
    /// What answers. Throws <see cref="TtrpcException"/> for an error with a code; anything else becomes Unknown. The token
    /// ends with the call's own time-out or with the connection.
    /// </param>
    public TtrpcServiceTable Add<TRequest, TResponse>(
        string service, string method, MessageParser<TRequest> parser, Func<TRequest, CancellationToken, Task<TResponse>> handler)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse>
    {
        _services.Add(service);
        _methods.Add($"{service}/{method}", async (payload, cancel) =>
        {
            TRequest request;
            try
            {
                request = parser.ParseFrom(payload);
            }
            catch (InvalidProtocolBufferException e)
            {
                throw new TtrpcException(StatusCode.InvalidArgument, $"{service}/{method}: the request cannot be parsed: {e.Message}", e);
            }

            return await handler(request, cancel).ConfigureAwait(false);
        });
        return this;
    }

    internal Table Freeze() => new(_methods.ToFrozenDictionary(), _services.ToFrozenSet());

    internal sealed record Table(
        FrozenDictionary<string, Func<ByteString, CancellationToken, Task<IMessage>>> Methods, FrozenSet<string> Services)
    {
        public bool Has(string service, string method) => Methods.ContainsKey($"{service}/{method}");

        public Task<IMessage> CallAsync(string service, string method, ByteString payload, CancellationToken cancel)
        {
            if (Methods.TryGetValue($"{service}/{method}", out var handler))
                return handler(payload, cancel);
            throw new TtrpcException(
                StatusCode.Unimplemented, Services.Contains(service) ? $"method {method} of {service} is not implemented" : $"service {service} is not known");
        }
    }
}
