using System;
using System.Collections.Generic;
using System.Text;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Control;

/// <summary>The exports as the keeper knows them, told on to the worker. Used by the control socket's thread alone.</summary>
internal sealed class ExportTable : IDisposable
{
    private const int MaxName = 255;

    private readonly Dictionary<string, (ExportPolicy Policy, OwnedFd Root)> _exports = new(StringComparer.Ordinal);
    private readonly ChannelClient _worker;

    /// <summary>Makes an empty table.</summary>
    /// <param name="worker">The channel to the worker; not owned.</param>
    public ExportTable(ChannelClient worker) => _worker = worker;

    /// <summary>Number of exports.</summary>
    public int Count => _exports.Count;

    /// <summary>Adds an export.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="policy">How it is served.</param>
    /// <param name="root">Its root; owned by the table from here on, also when it throws.</param>
    /// <exception cref="LinuxException">EINVAL for its name, EEXIST, or what the worker says.</exception>
    public void Add(string name, ExportPolicy policy, OwnedFd root)
    {
        try
        {
            CheckName(name);
            if (_exports.ContainsKey(name))
                throw new LinuxException(Errno.EEXIST, "export", name);
            _worker.Call(ChannelOperation.AddExport, 0, ExportValue.From(policy), Encoding.UTF8.GetBytes(name), [root.Fd]);
            _exports.Add(name, (policy, root));
        }
        catch
        {
            root.Dispose();
            throw;
        }
    }

    /// <summary>Removes an export.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="LinuxException">ENOENT, or what the worker says.</exception>
    public void Remove(string name)
    {
        if (!_exports.TryGetValue(name, out var export))
            throw new LinuxException(Errno.ENOENT, "export", name);
        _worker.Call(ChannelOperation.RemoveExport, 0, 0, Encoding.UTF8.GetBytes(name));
        _exports.Remove(name);
        export.Root.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, root) in _exports.Values)
            root.Dispose();
        _exports.Clear();
    }

    private static void CheckName(string name)
    {
        if (name.Length == 0 || name is "." or ".." || name.AsSpan().ContainsAny('/', '\0') || Encoding.UTF8.GetByteCount(name) > MaxName)
            throw new LinuxException(Errno.EINVAL, "export", $"\"{name}\" is no name: 1 to {MaxName} bytes, without slash, not . or ..");
    }
}
