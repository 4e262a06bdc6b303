using System;
using System.Collections.Generic;
using System.Globalization;
using KataShimNet.Fsd.Confinement;
using KataShimNet.Fsd.Exports;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Worker;

/// <summary>What a worker serves.</summary>
internal enum ServedTree
{
    /// <summary>A synthetic root with exports.</summary>
    Exports,
    /// <summary>One directory as the root.</summary>
    Directory,
}

/// <summary>The command line by which the keeper starts a worker. It is between the two alone, so it is positional and unchecked by people.</summary>
/// <param name="KeeperPid">Process id of the keeper as the worker sees it: 0 from a pid namespace of its own.</param>
/// <param name="Tree">What is served.</param>
/// <param name="Level">Least level of the log.</param>
/// <param name="Id">The sandbox's name in the log, or an empty string.</param>
/// <param name="Seccomp">What happens at system calls that are not on the list.</param>
/// <param name="Serving">What holds for the whole device.</param>
internal sealed record WorkerArguments(int KeeperPid, ServedTree Tree, LogLevel Level, string Id, SeccompMode Seccomp, ServingOptions Serving)
{
    /// <summary>First argument of a worker.</summary>
    public const string Verb = "--internal-worker";

    /// <summary>Descriptor of the channel for memory and rings.</summary>
    public const int DeviceChannelFd = 3;

    /// <summary>Descriptor of the channel for exports.</summary>
    public const int ExportChannelFd = 4;

    /// <summary>Descriptor of the directory, when one is served.</summary>
    public const int DirectoryFd = 5;

    /// <summary>Descriptor of the inode table's file.</summary>
    public const int InodesFd = 6;

    /// <summary>Descriptor of the mount table's file.</summary>
    public const int MountsFd = 7;

    /// <summary>Descriptor of the handle table's file.</summary>
    public const int HandlesFd = 8;

    /// <summary>Descriptor of the lock table's file.</summary>
    public const int LocksFd = 9;

    /// <summary>Descriptor of the file of locked ranges.</summary>
    public const int RangesFd = 10;

    /// <summary>Descriptor of the file of what INIT settled.</summary>
    public const int SessionFd = 11;

    /// <summary>Descriptor of the node's table, when there is one.</summary>
    public const int NodeTableFd = 20;

    /// <summary>Descriptor of the channel by which files are mapped into the DAX window, when there is one.</summary>
    public const int WindowChannelFd = 12;

    /// <summary>First descriptor of those of <see cref="Coherency.Peers.WorkerCuts"/>, when there are other daemons: table, marks, channels, who has what open, and two channels for that.</summary>
    public const int CutsFd = 24;

    /// <summary>The arguments, the program's name first.</summary>
    public IReadOnlyList<string> ToArguments() =>
        ["katanet-fsd", Verb, KeeperPid.ToString(CultureInfo.InvariantCulture), Tree.ToString(), Level.ToString(), Id, Seccomp.ToString(), .. Serving.ToWords()];

    /// <summary>Reads the arguments.</summary>
    /// <param name="args">Arguments without the program's name.</param>
    /// <returns>Null when they are not those of a worker.</returns>
    public static WorkerArguments? TryParse(ReadOnlySpan<string> args) =>
        args.Length >= 6
        && args[0] == Verb
        && int.TryParse(args[1], NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
        && Enum.TryParse<ServedTree>(args[2], out var tree)
        && Enum.TryParse<LogLevel>(args[3], out var level)
        && Enum.TryParse<SeccompMode>(args[5], out var seccomp)
            ? new WorkerArguments(pid, tree, level, args[4], seccomp, ServingOptions.FromWords(args[6..]))
            : null;
}
