using System;
using System.Collections.Concurrent;
using System.IO;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Linux;
using KataShimNet.Shim.Sandboxes.Children;

namespace KataShimNet.Shim.Qemu;

/// <summary>The QEMU Machine Protocol: one JSON object per line, answers matched by id, events in between (docs/interop/qmp-spec).</summary>
internal sealed class QmpClient : IAsyncDisposable
{
    private readonly SocketStream _stream;
    // The same socket again, for descriptors.
    private readonly FdSocket _fdSocket;
    private readonly Action<string, JsonElement> _onEvent;
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> _calls = new();
    private readonly TaskCompletionSource _greeted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _writing = new(1, 1);
    private volatile Exception? _failure;
    private int _lastId;

    /// <summary>Starts to read.</summary>
    /// <param name="socket">Connected socket; owned from here on.</param>
    /// <param name="onEvent">Called with an event's name and data, on the reading task: it must not wait.</param>
    public QmpClient(OwnedFd socket, Action<string, JsonElement> onEvent)
    {
        _fdSocket = new FdSocket(socket.Duplicate());
        _stream = new SocketStream(socket);
        _onEvent = onEvent;
        _ = Task.Run(ReadAsync);
    }

    /// <summary>Waits for QEMU's greeting, which comes once the machine is made, and agrees on no capabilities.</summary>
    /// <exception cref="QmpException">QEMU closed the monitor.</exception>
    public async Task NegotiateAsync(CancellationToken cancel)
    {
        await _greeted.Task.WaitAsync(cancel).ConfigureAwait(false);
        await ExecuteAsync("qmp_capabilities", cancel).ConfigureAwait(false);
    }

    /// <summary>Runs a command that takes no arguments.</summary>
    /// <param name="command">Its name.</param>
    /// <param name="cancel">Gives up waiting.</param>
    /// <returns>What it returned.</returns>
    /// <exception cref="QmpException">QEMU refused, or closed the monitor.</exception>
    public Task<JsonElement> ExecuteAsync(string command, CancellationToken cancel) => ExecuteAsync(command, null, null, cancel);

    /// <summary>Runs a command with arguments.</summary>
    /// <param name="command">Its name.</param>
    /// <param name="arguments">Writes the members of the object <c>arguments</c>.</param>
    /// <param name="cancel">Gives up waiting.</param>
    /// <returns>What it returned.</returns>
    /// <exception cref="QmpException">QEMU refused, or closed the monitor.</exception>
    public Task<JsonElement> ExecuteAsync(string command, Action<Utf8JsonWriter> arguments, CancellationToken cancel) =>
        ExecuteAsync(command, arguments, null, cancel);

    /// <summary>Runs a command that takes a descriptor along (SCM_RIGHTS).</summary>
    /// <param name="command">Its name.</param>
    /// <param name="arguments">Writes the members of the object <c>arguments</c>; null without arguments.</param>
    /// <param name="fd">The descriptor; it stays open here. Null for none.</param>
    /// <param name="cancel">Gives up waiting.</param>
    /// <returns>What it returned.</returns>
    /// <exception cref="QmpException">QEMU refused, or closed the monitor.</exception>
    public async Task<JsonElement> ExecuteAsync(string command, Action<Utf8JsonWriter>? arguments, OwnedFd? fd, CancellationToken cancel)
    {
        var id = Interlocked.Increment(ref _lastId);
        var call = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        _calls[id] = call;
        try
        {
            if (_failure is { } failure)
                throw Lost(failure);
            await WriteAsync(Encode(command, arguments, id), fd, cancel).ConfigureAwait(false);
            return await call.Task.WaitAsync(cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or LinuxException)
        {
            throw Lost(e);
        }
        finally
        {
            _calls.TryRemove(id, out _);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Fail(new ObjectDisposedException(nameof(QmpClient)));
        _fdSocket.Dispose();
        return _stream.DisposeAsync();
    }

    private static byte[] Encode(string command, Action<Utf8JsonWriter>? arguments, int id)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteString("execute"u8, command);
            if (arguments is not null)
            {
                json.WriteStartObject("arguments"u8);
                arguments(json);
                json.WriteEndObject();
            }

            json.WriteNumber("id"u8, id);
            json.WriteEndObject();
        }

        text.WriteByte((byte)'\n');
        return text.ToArray();
    }

    private static QmpException Lost(Exception cause) => new("QEMU closed its monitor", cause);

    private async Task WriteAsync(byte[] line, OwnedFd? fd, CancellationToken cancel)
    {
        await _writing.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (fd is null)
                await _stream.WriteAsync(line, CancellationToken.None).ConfigureAwait(false);
            else
                await Task.Run(() => _fdSocket.Send(line, [fd.Fd]), CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[4096];
        var filled = 0;
        try
        {
            while (true)
            {
                var count = await _stream.ReadAsync(buffer.AsMemory(filled)).ConfigureAwait(false);
                if (count == 0)
                    throw new EndOfStreamException();
                filled += count;
                filled = TakeLines(buffer, filled);
                if (filled == buffer.Length)
                    Array.Resize(ref buffer, buffer.Length * 2);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or JsonException)
        {
            Fail(e);
        }
    }

    private int TakeLines(byte[] buffer, int filled)
    {
        var start = 0;
        int length;
        while ((length = buffer.AsSpan(start, filled - start).IndexOf((byte)'\n')) >= 0)
        {
            if (length > 1)
                Dispatch(buffer.AsMemory(start, length));
            start += length + 1;
        }

        buffer.AsSpan(start, filled - start).CopyTo(buffer);
        return filled - start;
    }

    private void Dispatch(ReadOnlyMemory<byte> line)
    {
        using var document = JsonDocument.Parse(line);
        var root = document.RootElement;
        if (root.TryGetProperty("QMP"u8, out _))
            _greeted.TrySetResult();
        else if (root.TryGetProperty("event"u8, out var name))
            _onEvent(name.GetString() ?? "", root.TryGetProperty("data"u8, out var data) ? data.Clone() : default);
        else if (root.TryGetProperty("id"u8, out var id) && _calls.TryGetValue(id.GetInt32(), out var call))
            Complete(call, root);
    }

    private static void Complete(TaskCompletionSource<JsonElement> call, JsonElement root)
    {
        if (root.TryGetProperty("return"u8, out var result))
            call.TrySetResult(result.Clone());
        else
            call.TrySetException(new QmpException(
                root.TryGetProperty("error"u8, out var error) && error.TryGetProperty("desc"u8, out var text) ? $"QEMU: {text.GetString()}" : "QEMU refused a command"));
    }

    private void Fail(Exception cause)
    {
        _failure ??= cause;
        _greeted.TrySetException(Lost(cause));
        foreach (var call in _calls.Values)
            call.TrySetException(Lost(cause));
        // Nobody may be waiting for the greeting any more.
        _ = _greeted.Task.Exception;
    }
}
