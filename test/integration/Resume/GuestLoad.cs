using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.IntegrationTests.Resume;

/// <summary>Programs of a guest, each a thread that goes on until it is told to end, and that takes no error.</summary>
public sealed class GuestLoad(Share share) : IDisposable
{
    private const int BlockSize = 4096;
    private const int Blocks = 256;
    private const uint Mode = 0x81A4;

    private readonly CancellationTokenSource _end = new();
    private readonly List<Task> _programs = [];

    /// <summary>Takes the time of every call.</summary>
    public Stall Stall { get; } = new();

    /// <summary>Calls so far.</summary>
    public long Calls => Volatile.Read(ref _calls);

    private long _calls;

    /// <summary>Writes blocks at random places and reads them back, as a program with O_DIRECT does; at the end all of the file is compared.</summary>
    /// <param name="name">Its file.</param>
    /// <param name="queue">Its queue.</param>
    /// <param name="unlinked">Whether the file has no name any more while it is used.</param>
    public void Writer(string name, int queue, bool unlinked = false) => Start(() =>
    {
        var fuse = share.Fuse with { Queue = queue };
        var made = fuse.Create(share.Root, name, Fcntl.O_RDWR, Mode).Value;
        var (node, fh) = (made.Entry.NodeId, made.Open.Fh);
        if (unlinked)
            Assert.Equal(Errno.None, fuse.Unlink(share.Root, name));
        var model = new byte[Blocks * BlockSize];
        var random = new Random(name.Length * 31 + queue);
        var block = new byte[BlockSize];
        while (!_end.IsCancellationRequested)
        {
            var at = random.Next(Blocks) * BlockSize;
            random.NextBytes(block);
            Assert.Equal((uint)BlockSize, Call(() => fuse.Write(node, fh, (ulong)at, block)).Value);
            block.CopyTo(model, at);
            at = random.Next(Blocks) * BlockSize;
            var read = Call(() => fuse.Read(node, fh, (ulong)at, BlockSize)).Value;
            Assert.True(model.AsSpan(at, read.Length).SequenceEqual(read), $"{name}: the block at {at} is another");
        }

        for (var at = 0; at < model.Length; at += BlockSize)
        {
            var read = Call(() => fuse.Read(node, fh, (ulong)at, BlockSize)).Value;
            Assert.True(model.AsSpan(at, read.Length).SequenceEqual(read), $"{name}: at the end the block at {at} is another");
        }

        Assert.Equal(Errno.None, fuse.Release(node, fh, Fcntl.O_RDWR));
    });

    /// <summary>Appends records; at the end each is there once.</summary>
    public void Appender(string name, int queue) => Start(() =>
    {
        var fuse = share.Fuse with { Queue = queue };
        var made = fuse.Create(share.Root, name, Fcntl.O_RDWR | Fcntl.O_APPEND, Mode).Value;
        var (node, fh) = (made.Entry.NodeId, made.Open.Fh);
        var count = 0;
        for (; !_end.IsCancellationRequested; count++)
        {
            var record = BitConverter.GetBytes((long)count);
            Assert.Equal(8u, Call(() => fuse.Write(node, fh, (ulong)count * 8, record, openFlags: Fcntl.O_RDWR | Fcntl.O_APPEND)).Value);
        }

        var bytes = share.HostBytes(name);
        Assert.Equal(count * 8, bytes.Length);
        for (var i = 0; i < count; i++)
            Assert.Equal(i, BitConverter.ToInt64(bytes, i * 8));
    });

    /// <summary>Makes, links, renames and removes names.</summary>
    public void Namer(string prefix, int queue) => Start(() =>
    {
        var fuse = share.Fuse with { Queue = queue };
        var folder = fuse.Mkdir(share.Root, prefix, 0x1ED).Value.NodeId;
        for (var i = 0; !_end.IsCancellationRequested; i++)
        {
            var made = Call(() => fuse.Create(folder, $"a{i}", Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_EXCL, Mode)).Value;
            Assert.Equal(3u, Call(() => fuse.Write(made.Entry.NodeId, made.Open.Fh, 0, "abc"u8.ToArray())).Value);
            Assert.Equal(Errno.None, Call(() => fuse.Release(made.Entry.NodeId, made.Open.Fh, Fcntl.O_RDWR)));
            Assert.Equal(made.Entry.NodeId, Call(() => fuse.Link(made.Entry.NodeId, folder, $"l{i}")).Value.NodeId);
            Assert.Equal(Errno.None, Call(() => fuse.Rename(folder, $"a{i}", folder, $"b{i}")));
            var d = Call(() => fuse.Mkdir(folder, $"d{i}", 0x1ED)).Value.NodeId;
            var s = Call(() => fuse.Symlink(folder, $"s{i}", "target")).Value.NodeId;
            Assert.Equal("target", Call(() => fuse.Readlink(s)).Value);
            Assert.Equal(Errno.None, Call(() => fuse.Rename2(folder, $"b{i}", folder, $"s{i}", 2)));
            Assert.Equal("target", Call(() => fuse.Readlink(Call(() => fuse.Lookup(folder, $"b{i}")).Value.NodeId)).Value);
            Assert.Equal(Errno.None, Call(() => fuse.Rmdir(folder, $"d{i}")));
            foreach (var name in (string[])[$"b{i}", $"s{i}", $"l{i}"])
                Assert.Equal(Errno.None, Call(() => fuse.Unlink(folder, name)));
            // A name that is not there is told as node 0, which may be kept.
            Assert.Equal(0ul, Call(() => fuse.Lookup(folder, $"a{i}")).Value.NodeId);
            // What a kernel does when it drops the inodes.
            Assert.Equal(0, Call(() =>
            {
                fuse.BatchForget((made.Entry.NodeId, 2ul), (d, 1ul), (s, 2ul));
                return 0;
            }));
        }

        Assert.Empty(System.IO.Directory.GetFileSystemEntries(share.At(prefix)));
    });

    /// <summary>Reads a large folder again and again: every entry once.</summary>
    public void Lister(string name, int entries, int queue)
    {
        System.IO.Directory.CreateDirectory(share.At(name));
        for (var i = 0; i < entries; i++)
            share.Put($"{name}/entry-{i}", "");
        Start(() =>
        {
            var fuse = share.Fuse with { Queue = queue };
            var node = fuse.Lookup(share.Root, name).Value.NodeId;
            do
            {
                var fh = Call(() => fuse.OpenDir(node)).Value.Fh;
                var seen = new HashSet<string>();
                for (var offset = 0ul; ;)
                {
                    var part = Call(() => fuse.ReadDir(node, fh, offset, 4096)).Value;
                    if (part.Count == 0)
                        break;
                    foreach (var entry in part)
                        Assert.True(seen.Add(entry.Name), $"{entry.Name} came twice");
                    offset = part[^1].Offset;
                }

                Assert.Equal(entries + 2, seen.Count);
                Assert.Equal(Errno.None, Call(() => fuse.ReleaseDir(node, fh)));
            }
            while (!_end.IsCancellationRequested);
        });
    }

    /// <summary>Whether a program has met what it does not take.</summary>
    public bool HasFailed => _programs.Exists(p => p.IsFaulted);

    /// <summary>Ends the programs and throws what one of them met.</summary>
    public void Finish()
    {
        _end.Cancel();
        Assert.True(Task.WhenAll(_programs).Wait(TimeSpan.FromSeconds(30)), "a program of the guest hangs\n" + share.Process.Log);
    }

    public void Dispose()
    {
        _end.Cancel();
        try
        {
            _ = Task.WaitAll([.. _programs], TimeSpan.FromSeconds(15));
        }
        catch (AggregateException)
        {
            // Thrown by Finish, or the test has failed before.
        }

        _end.Dispose();
    }

    private T Call<T>(Func<T> call)
    {
        Interlocked.Increment(ref _calls);
        return Stall.Of(call);
    }

    private void Start(Action program) => _programs.Add(Task.Factory.StartNew(program, TaskCreationOptions.LongRunning));
}
