using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Control;

/// <summary>The exports as the keeper knows them: all that a new worker needs to serve them as the last one did.</summary>
/// <remarks>Not thread-safe: <see cref="Keeper.WorkerSupervisor"/> has a lock, under which the worker is asked too.</remarks>
internal sealed class ExportRecords : IDisposable
{
    private const int MaxName = 255;

    private readonly Dictionary<string, Record> _exports = new(StringComparer.Ordinal);

    /// <summary>Number of exports.</summary>
    public int Count => _exports.Count;

    /// <summary>Adds an export.</summary>
    /// <param name="worker">The worker, which is told.</param>
    /// <param name="name">Its name.</param>
    /// <param name="policy">How it is served.</param>
    /// <param name="root">Its root; owned by the records once this returns.</param>
    /// <exception cref="LinuxException">EINVAL for its name, EEXIST, or what the worker says.</exception>
    /// <returns>Its index.</returns>
    public uint Add(ChannelClient worker, string name, ExportPolicy policy, OwnedFd root)
    {
        CheckName(name);
        if (_exports.ContainsKey(name))
            throw new LinuxException(Errno.EEXIST, "export", name);
        var index = worker.Call(
            ChannelOperation.AddExport, 0, ExportValue.From(policy), Encoding.UTF8.GetBytes(name), [root.Fd], out var cookie);
        _exports.Add(name, new Record(policy, root, (uint)index, BinaryPrimitives.ReadInt64LittleEndian(cookie)));
        return (uint)index;
    }

    /// <summary>Removes an export.</summary>
    /// <param name="worker">The worker, which is told.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="LinuxException">ENOENT, or what the worker says.</exception>
    /// <returns>The index that it had.</returns>
    public uint Remove(ChannelClient worker, string name)
    {
        if (!_exports.TryGetValue(name, out var export))
            throw new LinuxException(Errno.ENOENT, "export", name);
        worker.Call(ChannelOperation.RemoveExport, 0, 0, Encoding.UTF8.GetBytes(name));
        _exports.Remove(name);
        export.Root.Dispose();
        return export.Index;
    }

    /// <summary>Tells a new worker of all exports, with the places that they had.</summary>
    /// <param name="worker">Its channel.</param>
    public void Restore(IWorkerCalls worker)
    {
        Span<byte> payload = stackalloc byte[sizeof(long) + MaxName];
        foreach (var (name, export) in _exports)
        {
            BinaryPrimitives.WriteInt64LittleEndian(payload, export.Cookie);
            var length = sizeof(long) + Encoding.UTF8.GetBytes(name, payload[sizeof(long)..]);
            worker.Call(ChannelOperation.RestoreExport, export.Index, ExportValue.From(export.Policy), payload[..length], [export.Root.Fd]);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var export in _exports.Values)
            export.Root.Dispose();
        _exports.Clear();
    }

    private static void CheckName(string name)
    {
        if (name.Length == 0 || name is "." or ".." || name.AsSpan().ContainsAny('/', '\0') || Encoding.UTF8.GetByteCount(name) > MaxName)
            throw new LinuxException(Errno.EINVAL, "export", $"\"{name}\" is no name: 1 to {MaxName} bytes, without slash, not . or ..");
    }

    // Index and cookie are the worker's choice: node ids and directory offsets that the guest has seen are made of them.
    private sealed record Record(ExportPolicy Policy, OwnedFd Root, uint Index, long Cookie);
}
