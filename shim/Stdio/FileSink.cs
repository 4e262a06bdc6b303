using System;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Shim.Stdio;

/// <summary>Output appended to a file, made when it is not there.</summary>
internal sealed unsafe class FileSink : IOutputSink
{
    private readonly OwnedFd _fd;
    private readonly string _path;
    private long _progress;

    /// <summary>Opens the file.</summary>
    /// <param name="path">Absolute path.</param>
    /// <exception cref="LinuxException">It cannot be opened.</exception>
    public FileSink(string path)
    {
        _path = path;
        _fd = OwnedFd.FromCall(
            Fcntl.openat(Fcntl.AT_FDCWD, path, Fcntl.O_WRONLY | Fcntl.O_APPEND | Fcntl.O_CREAT | Fcntl.O_CLOEXEC, 0x1a4), "open", path);
    }

    /// <inheritdoc/>
    public long Progress => Interlocked.Read(ref _progress);

    /// <inheritdoc/>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancel)
    {
        fixed (byte* bytes = data.Span)
        {
            for (nint done = 0; done < data.Length;)
            {
                cancel.ThrowIfCancellationRequested();
                var count = Unistd.write(_fd.Fd, bytes + done, (nuint)(data.Length - done));
                if (count < 0)
                {
                    var errno = LinuxException.LastErrno;
                    if (errno == Errno.EINTR)
                        continue;
                    throw new LinuxException(errno, "write", _path);
                }

                done += count;
                Interlocked.Add(ref _progress, count);
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose() => _fd.Dispose();
}
