using System;
using System.IO;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace KataShimNet.Cli.Exec;

/// <summary>The fifos through which a process's streams come, in a folder of their own that only this user enters.</summary>
internal sealed class ExecFifos : IDisposable
{
    private const UnixFileMode FolderMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"katanet-exec-{Guid.NewGuid():N}");

    /// <summary>Makes them and opens their ends.</summary>
    /// <param name="terminal">Whether output and errors are one stream.</param>
    /// <exception cref="LinuxException">They cannot be made.</exception>
    public ExecFifos(bool terminal)
    {
        Directory.CreateDirectory(_folder, FolderMode);
        StdinPath = Make("stdin");
        StdoutPath = Make("stdout");
        StderrPath = terminal ? "" : Make("stderr");
        // For both, so that this does not wait for the other side to open it.
        Stdin = Open(StdinPath, Fcntl.O_RDWR, FileAccess.Write);
        Stdout = OpenForReading(StdoutPath);
        Stderr = terminal ? null : OpenForReading(StderrPath);
    }

    public string StdinPath { get; }

    public string StdoutPath { get; }

    public string StderrPath { get; }

    public Stream Stdin { get; }

    public Stream Stdout { get; }

    /// <summary>Null with a terminal.</summary>
    public Stream? Stderr { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stdin.Dispose();
        Stdout.Dispose();
        Stderr?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string Make(string name)
    {
        string path = Path.Combine(_folder, name);
        LinuxException.Check(SysStat.mkfifo(path, 0x180), "mkfifo", path);
        return path;
    }

    // The reading end is there before the process is: opened without waiting, then set to wait for data. Until somebody opens it for
    // writing a read ends at once, so nobody reads before the process was started.
    private static FileStream OpenForReading(string path)
    {
        FileStream stream = Open(path, Fcntl.O_RDONLY | Fcntl.O_NONBLOCK, FileAccess.Read);
        LinuxException.Check(Fcntl.fcntl((int)stream.SafeFileHandle.DangerousGetHandle(), Fcntl.F_SETFL, 0), "fcntl", path);
        return stream;
    }

    private static FileStream Open(string path, int flags, FileAccess access)
    {
        int fd = LinuxException.Check(Fcntl.openat(Fcntl.AT_FDCWD, path, flags | Fcntl.O_CLOEXEC, 0), "open", path);
        return new FileStream(new SafeFileHandle(fd, ownsHandle: true), access, bufferSize: 0);
    }
}
