using System;
using System.Collections.Concurrent;
using System.Linq;
using System.Threading;
using KataShimNet.Fsd.Dax;
using KataShimNet.Linux;

namespace KataShimNet.UnitTests.Fsd.Coherency.Peers;

/// <summary>A guest's window that notes what it is asked for.</summary>
internal sealed class WindowNotes : IMappedFiles
{
    public ConcurrentQueue<(string Call, long From, long To)> Calls { get; } = new();

    /// <summary>Set while the virtual machine is stopped.</summary>
    public bool Stopped { get; set; }

    /// <summary>What QEMU refuses with.</summary>
    public Errno Refusal { get; set; }

    /// <summary>Unset while QEMU hangs.</summary>
    public ManualResetEventSlim Answers { get; } = new(true);

    /// <summary>The last call.</summary>
    public (string Call, long From, long To) Last => Calls.Last();

    /// <summary>Done before a swap is answered.</summary>
    public Action? Before { get; set; }

    public bool Maps(FileIdentity file) => true;

    public bool ReplaceWithScratch(FileIdentity file, long from, long to) => Note("scratch", from, to);

    public bool Restore(FileIdentity file, long from, long to) => Note("restore", from, to);

    private bool Note(string call, long from, long to)
    {
        Answers.Wait();
        Before?.Invoke();
        Calls.Enqueue((call, from, to));
        return Refusal == Errno.None ? !Stopped : throw new LinuxException(Refusal, "SHMEM_MAP");
    }
}
