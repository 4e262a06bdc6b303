using System;
using System.Threading;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Dax;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Coherency.Peers;

/// <summary>
/// Which files workers are about to cut on their own, because nobody maps them: a line of 64 bytes for each daemon, on a tmpfs. A worker
/// marks the file first and then looks who maps it; a keeper enters itself as a mapper first and then looks here. So a file is never
/// cut and mapped at once, and to cut a file that nobody maps costs two stores and a look.
/// </summary>
/// <remarks>Workers write here, so what is here is only waited for, and not for long.</remarks>
internal sealed unsafe class CutMarks : IDisposable
{
    /// <summary>Name of the file in the coherency directory.</summary>
    public const string FileName = "marks.v1";

    private const int MarksPerDaemon = 8;
    private const int FileSize = NodeTableForm.MaxDaemons * MarksPerDaemon * sizeof(ulong);

    // A worker that has cut a file wakes nobody, so that it need not make a system call.
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMilliseconds(1);

    private readonly NodeFile _file;
    private readonly ulong* _marks;

    private CutMarks(NodeFile file)
    {
        _file = file;
        _marks = (ulong*)file.Memory;
    }

    /// <summary>Opens the file, or makes it.</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="LinuxException">What the kernel says.</exception>
    public static OwnedFd OpenFile(string path) => NodeFile.Open(path, FileSize);

    /// <summary>Maps the file.</summary>
    /// <param name="file">The file; owned from here on.</param>
    /// <exception cref="LinuxException">What mmap(2) says.</exception>
    public static CutMarks Map(OwnedFd file) => new(NodeFile.Map(file, FileSize, FileName));

    /// <summary>Worker: marks a file that it is about to cut.</summary>
    /// <param name="slot">Its daemon's slot.</param>
    /// <param name="file">The file.</param>
    /// <returns>For <see cref="Clear"/>; −1 when all marks are in use.</returns>
    public int TrySet(int slot, FileIdentity file)
    {
        var mark = MarkOf(file);
        for (var i = 0; i < MarksPerDaemon; i++)
        {
            if (Interlocked.CompareExchange(ref _marks[(slot * MarksPerDaemon) + i], mark, 0) == 0)
                return i;
        }

        return -1;
    }

    /// <summary>Worker: takes a mark away.</summary>
    /// <param name="slot">Its daemon's slot.</param>
    /// <param name="index">As <see cref="TrySet"/> returned it.</param>
    public void Clear(int slot, int index) => Volatile.Write(ref _marks[(slot * MarksPerDaemon) + index], 0);

    /// <summary>Keeper: takes the marks of a worker away that has ended.</summary>
    /// <param name="slot">Its slot.</param>
    public void ClearAll(int slot)
    {
        for (var i = 0; i < MarksPerDaemon; i++)
            Clear(slot, i);
    }

    /// <summary>Keeper: waits until no worker is cutting a file on its own.</summary>
    /// <param name="file">The file.</param>
    /// <param name="limit">How long.</param>
    /// <param name="isAlive">Whether a slot's daemon lives.</param>
    /// <returns>False when one still is.</returns>
    public bool Await(FileIdentity file, TimeSpan limit, Func<int, bool> isAlive)
    {
        var mark = MarkOf(file);
        var end = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        for (var i = 0; i < NodeTableForm.MaxDaemons * MarksPerDaemon; i++)
        {
            while (Volatile.Read(ref _marks[i]) == mark && isAlive(i / MarksPerDaemon))
            {
                if (Environment.TickCount64 >= end)
                    return false;
                var time = new Timespec { Nanoseconds = s_lookAgain.Ticks * 100 };
                _ = SysSyscall.syscall(SysSyscall.SYS_futex, (nint)(_marks + i), SysSyscall.FUTEX_WAIT, (nint)(uint)mark, (nint)(&time), 0, 0);
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    // Never 0. Two files with one mark wait for each other without need.
    private static ulong MarkOf(FileIdentity file) => file.Hash | 1;
}
