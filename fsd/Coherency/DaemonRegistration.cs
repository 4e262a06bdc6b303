using System;
using System.Text;
using System.Threading;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Coherency;

/// <summary>A daemon's place in the node's table: its keeper registers once, before it starts a worker.</summary>
/// <remarks>
/// It lasts until the last mapping and the last descriptor of <see cref="File"/> are gone, in whatever process: its sign of life is a lock of
/// that open file description.
/// </remarks>
internal sealed unsafe class DaemonRegistration : IDisposable
{
    private DaemonRegistration(OwnedFd file, string directory, int daemon, uint generation)
    {
        File = file;
        Directory = directory;
        Daemon = daemon;
        Generation = generation;
    }

    /// <summary>The table, open: for this daemon's processes and no others.</summary>
    public OwnedFd File { get; }

    /// <summary>The coherency directory.</summary>
    public string Directory { get; }

    /// <summary>Number of the daemon.</summary>
    public int Daemon { get; }

    /// <summary>Its generation.</summary>
    public uint Generation { get; }

    /// <summary>Registers this process as a daemon; makes the table when there is none, or none of this form and nobody uses it.</summary>
    /// <param name="directory">The coherency directory.</param>
    /// <exception cref="LinuxException">What the kernel says; EPROTO when daemons live that use a table of another form; ENOSPC when there are too many.</exception>
    public static DaemonRegistration Register(string directory)
    {
        var file = TableFile.Open(directory);
        try
        {
            var registration = new ByteLock(file, NodeTableForm.RegistrationByte);
            registration.Take();
            var daemon = TakeSlot(file);
            var generation = Fill(file, daemon);
            registration.Release();
            return new DaemonRegistration(file, directory, daemon, generation);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Tells other daemons the name of this one's socket.</summary>
    /// <param name="name">Its name in the coherency directory; at most <see cref="DaemonSlot.MostSocketName"/> bytes.</param>
    public void SetSocketName(string name)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, DaemonSlot.MostSocketName);
        var map = NodeTable.Map(File);
        var slot = NodeTable.DaemonAt(map, Daemon);
        bytes.CopyTo(new Span<byte>(&slot->SocketName, bytes.Length));
        Volatile.Write(ref slot->SocketNameLength, bytes.Length);
        _ = SysMman.munmap((nint)map, (nuint)TableLayout.FileSize);
    }

    /// <inheritdoc/>
    public void Dispose() => File.Dispose();

    // The lock first: it says whether anybody lives.
    private static int TakeSlot(OwnedFd file)
    {
        var taken = -1;
        var alone = true;
        for (var i = 0; i < NodeTableForm.MaxDaemons; i++)
        {
            var life = new ByteLock(file, NodeTableForm.LifeByte(i));
            if (life.IsTaken)
                alone = false;
            else if (taken < 0 && life.TryTake())
                taken = i;
        }

        if (taken < 0)
            throw new LinuxException(Errno.ENOSPC, "node table", $"{NodeTableForm.MaxDaemons} daemons live");
        var fits = Fits(file, out var damaged);
        if (alone && (!fits || damaged))
            Make(file, isNew: Unistd.lseek(file.Fd, 0, Unistd.SEEK_END) == 0);
        else if (!fits)
            throw new LinuxException(Errno.EPROTO, "node table", "daemons live that use a table of another form");
        return taken;
    }

    private static bool Fits(OwnedFd file, out bool damaged)
    {
        damaged = false;
        if (Unistd.lseek(file.Fd, 0, Unistd.SEEK_END) != TableLayout.FileSize)
            return false;
        TableHeader header;
        if (Unistd.pread(file.Fd, &header, TableHeader.TotalSize, 0) != TableHeader.TotalSize)
            return false;
        damaged = header.DamagedAt != 0;
        return (header.Magic, header.Version, header.SlotSizes, header.FileSize)
            == (TableLayout.Magic, TableLayout.Version, SlotSizes, (ulong)TableLayout.FileSize);
    }

    private static uint SlotSizes => DaemonSlot.TotalSize | (NodeSlot.TotalSize << 16);

    // Nobody has it mapped. What a table that is thrown away promised may still be believed by guests whose daemons died: changes wait for that.
    private static void Make(OwnedFd file, bool isNew)
    {
        TableHeader old = default;
        _ = Unistd.pread(file.Fd, &old, TableHeader.TotalSize, 0);
        var longest = old.LongestLease is > 0 and < LeaseTerms.Longest ? old.LongestLease : LeaseTerms.Longest;
        LinuxException.Check(Unistd.ftruncate(file.Fd, 0), "ftruncate", "node table");
        LinuxException.Check(Unistd.ftruncate(file.Fd, TableLayout.FileSize), "ftruncate", "node table");
        var map = NodeTable.Map(file);
        var header = (TableHeader*)map;
        header->Version = TableLayout.Version;
        header->SlotSizes = SlotSizes;
        header->FileSize = (ulong)TableLayout.FileSize;
        header->QuietUntil = isNew ? 0 : BootClock.Now + longest;
        // No version of the table before comes again.
        header->Versions = (ulong)BootClock.Now;
        Volatile.Write(ref header->Magic, TableLayout.Magic);
        _ = SysMman.munmap((nint)map, (nuint)TableLayout.FileSize);
    }

    private static uint Fill(OwnedFd file, int daemon)
    {
        var map = NodeTable.Map(file);
        var slot = NodeTable.DaemonAt(map, daemon);
        slot->SocketNameLength = 0;
        Interlocked.Increment(ref slot->WorkerGeneration);
        var generation = Interlocked.Increment(ref slot->Generation);
        if (generation == 0)
            generation = Interlocked.Increment(ref slot->Generation);
        slot->Pid = Environment.ProcessId;
        slot->StartTime = ProcessStat.Read(Environment.ProcessId)?.StartTime ?? 0;
        _ = SysMman.munmap((nint)map, (nuint)TableLayout.FileSize);
        return generation;
    }
}
