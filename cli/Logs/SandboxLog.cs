using System;
using System.IO;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace KataShimNet.Cli.Logs;

/// <summary>The log in a sandbox's state folder, which the shim writes in two pieces: <c>log.1</c> is the older.</summary>
/// <param name="folder">The state folder.</param>
internal sealed class SandboxLog(string folder)
{
    private string Newest => Path.Combine(folder, "log");

    /// <summary>Writes the lines that are there.</summary>
    /// <exception cref="CliException">There is no log.</exception>
    public void Copy(TextWriter output, LogSource wanted)
    {
        bool any = false;
        foreach (string piece in (string[])[Newest + ".1", Newest])
        {
            if (!File.Exists(piece))
                continue;
            any = true;
            using StreamReader reader = Open(piece);
            while (reader.ReadLine() is { } line)
                Write(output, wanted, line);
        }
        if (!any)
            throw new CliException($"there is no log in {folder}");
    }

    /// <summary>Writes the lines that are there and those that come, until the sandbox's folder goes away or it is cancelled.</summary>
    public async Task FollowAsync(TextWriter output, LogSource wanted, CancellationToken cancel)
    {
        using var changed = new SemaphoreSlim(0);
        using var watcher = new FileSystemWatcher(folder) { NotifyFilter = NotifyFilters.Size | NotifyFilters.FileName };
        watcher.Changed += (_, _) => changed.Release();
        watcher.Created += (_, _) => changed.Release();
        watcher.Deleted += (_, _) => changed.Release();
        watcher.Error += (_, _) => changed.Release();
        watcher.EnableRaisingEvents = true;
        using var above = new FileSystemWatcher(Path.GetDirectoryName(folder)!, Path.GetFileName(folder)) { NotifyFilter = NotifyFilters.DirectoryName };
        above.Deleted += (_, _) => changed.Release();
        above.Renamed += (_, _) => changed.Release();
        above.EnableRaisingEvents = true;
        if (File.Exists(Newest + ".1"))
        {
            using StreamReader older = Open(Newest + ".1");
            while (await older.ReadLineAsync(cancel).ConfigureAwait(false) is { } line)
                Write(output, wanted, line);
        }
        while (true)
        {
            using StreamReader? newest = Try(() => Open(Newest));
            if (newest is not null)
                await FollowPieceAsync(newest, output, wanted, changed, cancel).ConfigureAwait(false);
            else if (!Directory.Exists(folder))
                return;
            else
                // Between two pieces: the shim has put one away and not begun the next, or takes all away.
                await changed.WaitAsync(cancel).ConfigureAwait(false);
        }
    }

    private async Task FollowPieceAsync(StreamReader reader, TextWriter output, LogSource wanted, SemaphoreSlim changed, CancellationToken cancel)
    {
        // A line may be there in part only.
        var part = new StringBuilder();
        var buffer = new char[8192];
        while (true)
        {
            // Looked at before the rest is read: what the shim wrote before it took the piece away is read then.
            bool last = Try<long?>(() => new FileInfo(Newest).Length) is not { } length || ((FileStream)reader.BaseStream).Length > length;
            for (int read; (read = await reader.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0;)
            {
                foreach (char c in buffer.AsSpan(0, read))
                {
                    if (c != '\n')
                    {
                        part.Append(c);
                        continue;
                    }
                    Write(output, wanted, part.ToString());
                    part.Clear();
                }
            }
            await output.FlushAsync(cancel).ConfigureAwait(false);
            if (last)
                return;
            await changed.WaitAsync(cancel).ConfigureAwait(false);
        }
    }

    private static void Write(TextWriter output, LogSource wanted, string line)
    {
        if ((LogLine.SourceOf(line) & wanted) != 0)
            output.WriteLine(line);
    }

    // Null when the shim has taken it away, which can be at any moment.
    private static T? Try<T>(Func<T> look)
    {
        try
        {
            return look();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return default;
        }
    }

    private static StreamReader Open(string piece) => new(new FileStream(piece, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
}
