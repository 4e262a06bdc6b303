using System;
using System.Buffers;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf;
using KataShimNet.AgentProto.Ttrpc.Wire;
using Microsoft.Extensions.Logging;

namespace KataShimNet.AgentProto.Ttrpc;

/// <summary>The answering side: serves any number of connections with one table of methods.</summary>
public sealed partial class TtrpcServer
{
    private readonly TtrpcServiceTable.Table _table;
    private readonly ILogger _log;
    private readonly ITtrpcObserver? _observer;
    private readonly CallCounters? _calls;

    /// <summary>Makes a server.</summary>
    /// <param name="table">What it offers; not changed afterwards.</param>
    /// <param name="log">Gets a line for every call that fails unexpectedly.</param>
    /// <param name="observer">Sees every call; null for nobody.</param>
    /// <param name="calls">Counts the calls; null when nobody asks.</param>
    public TtrpcServer(TtrpcServiceTable table, ILogger log, ITtrpcObserver? observer = null, CallCounters? calls = null)
    {
        ArgumentNullException.ThrowIfNull(table);
        _table = table.Freeze();
        _log = log;
        _observer = observer;
        _calls = calls;
    }

    /// <summary>Serves one connection until the peer closes it or <paramref name="cancel"/> fires. Calls run side by side.</summary>
    /// <param name="stream">A connected stream; closed at the end.</param>
    /// <param name="cancel">Ends the connection.</param>
    public async Task ServeAsync(Stream stream, CancellationToken cancel)
    {
        var transport = new TtrpcTransport(stream);
        using var connection = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        try
        {
            while (await transport.ReadAsync(connection.Token).ConfigureAwait(false) is var (frame, rented))
            {
                Request request;
                try
                {
                    if (frame.Type != TtrpcFrameType.Request)
                        continue;
                    request = Request.Parser.ParseFrom(rented, 0, frame.Length);
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(rented);
                }

                var id = frame.StreamId;
                _ = Task.Run(() => AnswerAsync(transport, id, request, connection.Token), CancellationToken.None);
            }
        }
        catch (Exception e) when (IsEndOfConnection(e))
        {
            LogConnectionEnded(_log, e.Message);
        }
        finally
        {
            await connection.CancelAsync().ConfigureAwait(false);
            await transport.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static bool IsEndOfConnection(Exception e) =>
        e is IOException or ObjectDisposedException or OperationCanceledException or TtrpcException or InvalidProtocolBufferException
            or System.Net.Sockets.SocketException;

    private async Task AnswerAsync(TtrpcTransport transport, uint id, Request request, CancellationToken connection)
    {
        using var call = CancellationTokenSource.CreateLinkedTokenSource(connection);
        if (request.TimeoutNano > 0)
            call.CancelAfter(TimeSpan.FromTicks(Math.Min(request.TimeoutNano / 100, TimeSpan.FromDays(1).Ticks)));
        var response = new Response();
        var observation = _observer?.Begin(request);
        var began = _calls?.Begin() ?? 0;
        try
        {
            var answer = await _table.CallAsync(request.Service, request.Method, request.Payload, call.Token).ConfigureAwait(false);
            response.Payload = answer.ToByteString();
        }
        catch (TtrpcException e)
        {
            LogRefused(_log, request.Service, request.Method, e.Code, e.Message);
            response.Status = new Status { Code = (int)e.Code, Message = e.Message };
        }
        catch (OperationCanceledException)
        {
            response.Status = new Status { Code = (int)StatusCode.DeadlineExceeded, Message = $"{request.Method} ran out of time" };
        }
        catch (Exception e)
        {
            LogFailed(_log, e, request.Service, request.Method);
            response.Status = new Status { Code = (int)StatusCode.Unknown, Message = e.Message };
        }

        if (response.CalculateSize() > TtrpcFrame.MaxLength)
        {
            var text = $"the answer of {request.Method} is over the limit of {TtrpcFrame.MaxLength} bytes";
            response = new Response { Status = new Status { Code = (int)StatusCode.ResourceExhausted, Message = text } };
        }

        observation?.End((StatusCode)(response.Status?.Code ?? 0), response.Status?.Message ?? "");
        _calls?.End(began, request.Service, _table.Has(request.Service, request.Method) ? request.Method : "", failed: response.Status is not null);
        try
        {
            await transport.WriteAsync(id, TtrpcFrameType.Response, response, connection).ConfigureAwait(false);
        }
        catch (Exception e) when (IsEndOfConnection(e))
        {
            LogConnectionEnded(_log, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "ttRPC connection ended: {reason}")]
    private static partial void LogConnectionEnded(ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{service}/{method} answered {code}: {message}")]
    private static partial void LogRefused(ILogger log, string service, string method, StatusCode code, string message);

    [LoggerMessage(Level = LogLevel.Error, Message = "{service}/{method} failed")]
    private static partial void LogFailed(ILogger log, Exception error, string service, string method);
}
