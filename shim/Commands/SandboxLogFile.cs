using System;
using System.IO;
using System.Threading;

namespace KataShimNet.Shim.Commands;

/// <summary>
/// The sandbox's own log beside its state: every line from level debug on, with the guest's console. It is there as long as the sandbox,
/// and never longer than two pieces: a full one becomes <c>log.1</c>.
/// </summary>
/// <remarks>A disk that is full, or a folder that is gone, costs lines and nothing else.</remarks>
internal sealed class SandboxLogFile : IDisposable
{
    /// <summary>Name in the state folder.</summary>
    public const string Name = "log";

    // Only root reads what a guest's console says.
    private const UnixFileMode FolderMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _path;
    private readonly long _pieceBytes;
    private readonly Lock _gate = new();
    // Guarded by _gate; null when lines go nowhere.
    private FileStream? _file;

    /// <summary>Opens the file, and makes the folder where there is none.</summary>
    /// <param name="folder">The state folder.</param>
    /// <param name="pieceBytes">Most bytes of a piece.</param>
    public SandboxLogFile(string folder, long pieceBytes = 1 << 20)
    {
        _path = Path.Combine(folder, Name);
        _pieceBytes = pieceBytes;
        try
        {
            Directory.CreateDirectory(folder, FolderMode);
            _file = Open();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _file = null;
        }
    }

    /// <summary>Appends a line.</summary>
    public void Write(ReadOnlyMemory<byte> line)
    {
        lock (_gate)
        {
            try
            {
                if (_file?.Length >= _pieceBytes)
                {
                    _file.Dispose();
                    _file = null;
                    File.Move(_path, _path + ".1", overwrite: true);
                    _file = Open();
                }
                _file?.Write(line.Span);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The next line may go through again.
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _file?.Dispose();
            _file = null;
        }
    }

    private FileStream Open() => new(_path, new FileStreamOptions
    {
        Mode = System.IO.FileMode.Append,
        Access = FileAccess.Write,
        Share = FileShare.ReadWrite | FileShare.Delete,
        BufferSize = 0,
        UnixCreateMode = FileMode,
    });
}
