using System;
using System.Numerics;
using System.Threading;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Exports;

/// <summary>All exports. Readers take a snapshot without a lock; changes are rare and copy.</summary>
internal sealed class ExportTable
{
    /// <summary>Most exports at a time, so that a slot's 16-bit index is enough.</summary>
    public const int Limit = 4096;

    // Guards every change of the fields below.
    private readonly Lock _lock = new();
    private volatile Export[] _listed = [];
    private volatile Export?[] _byIndex = new Export?[16];
    // 1 and 2 are "." and "..".
    private long _nextCookie = 3;

    /// <summary>The exports that have a name, by rising cookie.</summary>
    public Export[] Listed => _listed;

    /// <summary>The export with an index that a live slot holds.</summary>
    public Export At(int index) => _byIndex[index]!;

    /// <summary>Whether there is an export with an index: asked of what a dead worker wrote.</summary>
    public bool Has(int index) => _byIndex is var exports && (uint)index < (uint)exports.Length && exports[index] is not null;

    /// <summary>Finds an export by name; null when there is none.</summary>
    public Export? Find(ReadOnlySpan<byte> name)
    {
        foreach (var export in _listed)
        {
            if (name.SequenceEqual(export.Name))
                return export;
        }

        return null;
    }

    /// <summary>Makes an export and gives it an index; it is not listed yet.</summary>
    /// <exception cref="LinuxException">EEXIST, or ENOSPC when there are too many.</exception>
    public Export Reserve(byte[] name, string text, ServingPolicy policy, OwnedFd root)
    {
        lock (_lock)
        {
            var index = 0;
            var byIndex = _byIndex;
            for (; index < byIndex.Length && byIndex[index] is { } taken; index++)
            {
                if (name.AsSpan().SequenceEqual(taken.Name) && !taken.IsRemoved)
                    throw new LinuxException(Errno.EEXIST, "add export", text);
            }

            for (var i = index; i < byIndex.Length; i++)
            {
                if (byIndex[i] is { IsRemoved: false } taken && name.AsSpan().SequenceEqual(taken.Name))
                    throw new LinuxException(Errno.EEXIST, "add export", text);
            }

            if (index == Limit)
                throw new LinuxException(Errno.ENOSPC, "add export", text);
            var copy = index < byIndex.Length ? byIndex : new Export?[byIndex.Length * 2];
            if (copy != byIndex)
                byIndex.CopyTo(copy, 0);
            var export = new Export(index, _nextCookie++, name, policy, root);
            copy[index] = export;
            _byIndex = copy;
            return export;
        }
    }

    /// <summary>Makes an export with the index and the cookie that it had in another worker; it is not listed yet.</summary>
    /// <exception cref="LinuxException">EEXIST when the index or the name is taken, EINVAL when the index is out of range.</exception>
    public Export Restore(byte[] name, string text, ServingPolicy policy, OwnedFd root, int index, long cookie)
    {
        lock (_lock)
        {
            if ((uint)index >= Limit)
                throw new LinuxException(Errno.EINVAL, "restore export", text);
            var byIndex = _byIndex;
            if (index >= byIndex.Length)
                Array.Resize(ref byIndex, (int)BitOperations.RoundUpToPowerOf2((uint)index + 1));
            if (byIndex[index] is not null || Find(name) is not null)
                throw new LinuxException(Errno.EEXIST, "restore export", text);
            var export = new Export(index, cookie, name, policy, root);
            byIndex[index] = export;
            _byIndex = byIndex;
            _nextCookie = Math.Max(_nextCookie, cookie + 1);
            return export;
        }
    }

    /// <summary>Gives an export its place among the names.</summary>
    public void List(Export export)
    {
        lock (_lock)
            _listed = [.. _listed, export];
    }

    /// <summary>Takes an export off the list; null when there is none by that name.</summary>
    public Export? Unlist(ReadOnlySpan<byte> name)
    {
        lock (_lock)
        {
            var export = Find(name);
            if (export is not null)
            {
                export.MarkRemoved();
                _listed = Array.FindAll(_listed, other => other != export);
            }

            return export;
        }
    }

    /// <summary>Frees the index of an export that no slot refers to any more.</summary>
    public void Free(Export export)
    {
        lock (_lock)
            _byIndex[export.Index] = null;
    }
}
