using System;
using System.Collections.Generic;
using System.Numerics;
using System.Threading;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Dax;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Coherency.Sizes;

/// <summary>
/// Which daemons' guests have which files open, and when a file's size changed last: a file on a tmpfs that all daemons of the node map. Files share
/// buckets by a hash, so an answer may say too much, never too little.
/// </summary>
/// <remarks>
/// <code>
/// 0           8,192 buckets: a bit for each of 1,024 daemons, set while its guest has a file of the bucket open
/// 1 MiB       8,192 words: when a size changed last (CLOCK_BOOTTIME in ms, upper 48 bits), and by which daemon
/// </code>
/// Who opens sets the bit and then looks at the time; who changes a size writes the time and then looks at the bits: one of the two sees the
/// other. Workers write here: what a bad one can do is to have guests asked in vain, or not asked.
/// </remarks>
internal sealed unsafe class OpenFiles : IDisposable
{
    /// <summary>Name of the file in the coherency directory.</summary>
    public const string FileName = "opens.v1";

    /// <summary>Number of buckets.</summary>
    public const int Buckets = 1 << BucketBits;

    private const int BucketBits = 13;

    private const int WordsPerBucket = NodeTableForm.MaxDaemons / 64;
    private const int TimesOffset = Buckets * WordsPerBucket * sizeof(ulong);
    private const int FileSize = TimesOffset + (Buckets * sizeof(ulong));

    // A guest looks a name up and then opens it: what it was told of the size may be as old as that takes.
    private const long LookedUpMilliseconds = 10_000;

    private readonly NodeFile _file;
    private readonly byte* _map;
    private readonly int _slot;

    // Open files of our guest, by bucket. Guards itself, and the bits of our slot with it.
    private readonly int[] _counts = new int[Buckets];

    private OpenFiles(NodeFile file, int slot)
    {
        _file = file;
        _map = file.Memory;
        _slot = slot;
    }

    /// <summary>Opens the file, or makes it.</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="LinuxException">What the kernel says.</exception>
    public static OwnedFd OpenFile(string path) => NodeFile.Open(path, FileSize);

    /// <summary>Maps the file.</summary>
    /// <param name="file">The file; owned from here on.</param>
    /// <param name="slot">Our slot among the daemons.</param>
    /// <exception cref="LinuxException">What mmap(2) says.</exception>
    public static OpenFiles Map(OwnedFd file, int slot) => new(NodeFile.Map(file, FileSize, FileName), slot);

    /// <summary>The bucket of a file.</summary>
    /// <param name="file">The file.</param>
    public static int BucketOf(FileIdentity file) => (int)(file.Hash >> (64 - BucketBits));

    /// <summary>Worker: our guest opens a file.</summary>
    /// <param name="bucket">The file's.</param>
    public void Enter(int bucket)
    {
        lock (_counts)
        {
            if (_counts[bucket]++ == 0)
                Interlocked.Or(ref Word(bucket, _slot), Bit(_slot));
        }
    }

    /// <summary>Worker: our guest has closed one.</summary>
    /// <param name="bucket">The file's.</param>
    public void Leave(int bucket)
    {
        lock (_counts)
        {
            if (--_counts[bucket] == 0)
                Clear(bucket, _slot);
        }
    }

    /// <summary>Worker: all files that our guest has open were entered; what an earlier worker, or another daemon in our slot, has left goes.</summary>
    public void Settle()
    {
        lock (_counts)
        {
            for (var bucket = 0; bucket < Buckets; bucket++)
            {
                if (_counts[bucket] == 0 && (Volatile.Read(ref Word(bucket, _slot)) & Bit(_slot)) != 0)
                    Clear(bucket, _slot);
            }
        }
    }

    /// <summary>Notes that our guest has changed the size of a file, and tells whether another guest has it open.</summary>
    /// <param name="bucket">The file's.</param>
    public bool NoteResized(int bucket)
    {
        // A full fence: the look comes after the store.
        Interlocked.Exchange(ref Time(bucket), ((ulong)(BootClock.Now / BootClock.Millisecond) << 16) | (uint)_slot);
        for (var i = 0; i < WordsPerBucket; i++)
        {
            var others = Volatile.Read(ref Word(bucket, i * 64));
            if (i == _slot / 64)
                others &= ~Bit(_slot);
            if (others != 0)
                return true;
        }

        return false;
    }

    /// <summary>Whether another guest has changed the size of a file that ours opens, after ours may have been told of it. To be asked after <see cref="Enter"/>.</summary>
    /// <param name="bucket">The file's.</param>
    public bool WasResized(int bucket)
    {
        Interlocked.MemoryBarrier();
        var last = Volatile.Read(ref Time(bucket));
        return last != 0 && (int)(last & 0xffff) != _slot && (BootClock.Now / BootClock.Millisecond) - (long)(last >> 16) < LookedUpMilliseconds;
    }

    /// <summary>Keeper: the daemons whose guests have a file open, ours included.</summary>
    /// <param name="bucket">The file's.</param>
    public IReadOnlyList<int> Users(int bucket)
    {
        var users = new List<int>();
        for (var i = 0; i < WordsPerBucket; i++)
        {
            for (var bits = Volatile.Read(ref Word(bucket, i * 64)); bits != 0; bits &= bits - 1)
                users.Add((i * 64) + BitOperations.TrailingZeroCount(bits));
        }

        return users;
    }

    /// <summary>Takes a daemon off that has no file of a bucket open, or that has ended.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="slot">Its slot.</param>
    public void Clear(int bucket, int slot) => Interlocked.And(ref Word(bucket, slot), ~Bit(slot));

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static ulong Bit(int slot) => 1ul << (slot & 63);

    private ref ulong Word(int bucket, int slot) => ref ((ulong*)_map)[(bucket * WordsPerBucket) + (slot / 64)];

    private ref ulong Time(int bucket) => ref ((ulong*)(_map + TimesOffset))[bucket];
}
