using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.VhostFrontEnd.Daemons;

/// <summary>A daemon under test: its process, and what it writes to its standard output and error.</summary>
public sealed unsafe class Daemon : IDisposable
{
    private readonly ChildProcess _child;
    // A memfd, so that no reader is needed and nothing remains on disk.
    private readonly OwnedFd _log;

    /// <summary>Starts a program.</summary>
    /// <param name="program">Path of it.</param>
    /// <param name="arguments">Arguments without the program's name.</param>
    /// <param name="fds">Descriptors for it, by their number there; 1 and 2 go to <see cref="Log"/>.</param>
    public Daemon(string program, IEnumerable<string> arguments, IReadOnlyDictionary<int, OwnedFd>? fds = null)
    {
        _log = OwnedFd.FromCall(SysMman.memfd_create("log", SysMman.MFD_CLOEXEC), "memfd_create");
        var all = new Dictionary<int, OwnedFd>(fds ?? new Dictionary<int, OwnedFd>()) { [1] = _log, [2] = _log };
        Command = $"{program} {string.Join(' ', arguments)}";
        _child = ChildProcess.Start(new ChildStart { Path = program, Arguments = [program, .. arguments], Fds = all });
    }

    /// <summary>The command line, for messages.</summary>
    public string Command { get; }

    /// <summary>Process id of the first process.</summary>
    public int Pid => _child.Pid;

    /// <summary>Whether the first process runs.</summary>
    public bool IsRunning => !_child.Exited.IsCompleted;

    /// <summary>Completes when the first process ends.</summary>
    public Task<ChildExit> Exited => _child.Exited;

    /// <summary>What was written so far.</summary>
    public string Log
    {
        get
        {
            var text = new byte[256 * 1024];
            fixed (byte* bytes = text)
            {
                var length = Unistd.pread(_log.Fd, bytes, (nuint)text.Length, 0);
                return Encoding.UTF8.GetString(text, 0, (int)Math.Max(0, length));
            }
        }
    }

    /// <summary>The first process and all that descend from it, as far as they live.</summary>
    public IReadOnlyList<int> Processes()
    {
        var found = new List<int>();
        Collect(Pid, found);
        return found;
    }

    /// <summary>What the open descriptors of a process refer to (/proc/PID/fd).</summary>
    public static IReadOnlyList<string> OpenFiles(int pid)
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd")
                .Select(path => new FileInfo(path).LinkTarget)
                .OfType<string>()];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <summary>Waits for the first process to end.</summary>
    /// <returns>How it ended, or null when it still runs.</returns>
    public ChildExit? WaitForExit(TimeSpan timeout) => _child.Exited.Wait(timeout) ? _child.Exited.Result : null;

    /// <summary>Sends a signal.</summary>
    public bool Kill(int signal) => _child.Kill(signal);

    /// <summary>Ends the daemon when it has not ended by itself.</summary>
    public void Dispose()
    {
        if (WaitForExit(TimeSpan.FromSeconds(2)) is null)
        {
            _ = Kill(9);
            _ = WaitForExit(TimeSpan.FromSeconds(5));
        }

        _child.Dispose();
        _log.Dispose();
    }

    private static void Collect(int pid, List<int> found)
    {
        try
        {
            foreach (var thread in Directory.EnumerateDirectories($"/proc/{pid}/task"))
            {
                foreach (var child in File.ReadAllText(thread + "/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    Collect(int.Parse(child, CultureInfo.InvariantCulture), found);
            }

            found.Add(pid);
        }
        catch (Exception e) when (e is DirectoryNotFoundException or FileNotFoundException || e is IOException { HResult: 3 })
        {
            // It ended meanwhile.
        }
    }
}
