using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.IntegrationTests.Confinement;

/// <summary>What the kernel says of a running process.</summary>
public sealed record ProcessView(int Pid)
{
    /// <summary>Name of the main thread.</summary>
    public string Name => File.ReadAllText($"/proc/{Pid}/comm").TrimEnd();

    /// <summary>Thread ids.</summary>
    public IReadOnlyList<int> Threads =>
        [.. Directory.EnumerateDirectories($"/proc/{Pid}/task").Select(t => int.Parse(Path.GetFileName(t), CultureInfo.InvariantCulture))];

    /// <summary>What is mounted, as a process in its place sees it.</summary>
    public IReadOnlyList<string> Mounts => File.ReadAllLines($"/proc/{Pid}/mountinfo");

    /// <summary>What is in its root directory.</summary>
    public IReadOnlyList<string> VisibleFiles => [.. Directory.EnumerateFileSystemEntries($"/proc/{Pid}/root/")];

    /// <summary>Working directories of its threads.</summary>
    public IReadOnlyList<string> WorkingDirectories =>
        [.. Threads.Select(t => new FileInfo($"/proc/{Pid}/task/{t}/cwd").LinkTarget!).Distinct()];

    /// <summary>Which namespace of a type it is in.</summary>
    public string Namespace(string type) => new FileInfo($"/proc/{Pid}/ns/{type}").LinkTarget!;

    /// <summary>Which namespace of a type one of its threads is in.</summary>
    public string Namespace(string type, int tid) => new FileInfo($"/proc/{Pid}/task/{tid}/ns/{type}").LinkTarget!;

    /// <summary>A field of /proc/PID/task/TID/status.</summary>
    public string Status(int tid, string field) =>
        File.ReadLines($"/proc/{Pid}/task/{tid}/status").First(l => l.StartsWith(field + ":", StringComparison.Ordinal))[(field.Length + 1)..].Trim();

    /// <summary>What its descriptors are, such as <c>pipe:[123]</c> or a path.</summary>
    public IReadOnlyList<string> DescriptorTargets =>
        [.. Directory.EnumerateFileSystemEntries($"/proc/{Pid}/fd").Select(link => new FileInfo(link).LinkTarget).OfType<string>()];

    /// <summary>Flags of open(2) of its descriptors whose target ends with something (/proc/PID/fdinfo).</summary>
    public IReadOnlyList<int> OpenFlags(string end) =>
    [
        .. Directory.EnumerateFileSystemEntries($"/proc/{Pid}/fd")
            .Where(link => new FileInfo(link).LinkTarget?.EndsWith(end, StringComparison.Ordinal) ?? false)
            .Select(link => File.ReadLines($"/proc/{Pid}/fdinfo/{Path.GetFileName(link)}").First(l => l.StartsWith("flags:", StringComparison.Ordinal)))
            .Select(line => Convert.ToInt32(line[6..].Trim(), 8)),
    ];

    /// <summary>
    /// How far <c>..</c> leads up from each open directory: those of a process that sees files of the host lead to more than themselves.
    /// </summary>
    public unsafe IReadOnlyList<string> DirectoriesAbove()
    {
        var found = new List<string>();
        foreach (var link in Directory.EnumerateFileSystemEntries($"/proc/{Pid}/fd"))
        {
            Statx here, above;
            using var fd = new OwnedFd(Fcntl.openat(Fcntl.AT_FDCWD, link, Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0));
            if (fd.IsInvalid)
                continue;
            fixed (byte* self = ".\0"u8, up = "..\0"u8)
            {
                LinuxException.Check(SysStat.statx(fd.Fd, self, 0, SysStat.STATX_BASIC_STATS | SysStat.STATX_MNT_ID, &here), "statx");
                LinuxException.Check(SysStat.statx(fd.Fd, up, 0, SysStat.STATX_BASIC_STATS | SysStat.STATX_MNT_ID, &above), "statx");
            }

            if ((here.Inode, here.MountId) != (above.Inode, above.MountId))
                found.Add(new FileInfo(link).LinkTarget ?? link);
        }

        return found;
    }
}
