using System;
using System.Runtime.InteropServices;
using System.Threading;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Dax;

/// <summary>The worker's way to the DAX window, which the keeper has. Of any thread; calls wait for QEMU.</summary>
internal sealed class WindowClient : IDisposable
{
    // One request at a time.
    private readonly Lock _lock = new();
    private readonly ChannelClient _keeper;

    /// <summary>Takes ownership of the channel.</summary>
    /// <param name="channel">Its socket.</param>
    public WindowClient(OwnedFd channel) => _keeper = new ChannelClient(channel);

    /// <summary>Maps a part of a file.</summary>
    /// <param name="record">What goes where.</param>
    /// <param name="file">Descriptor of the file, open for writing when that is asked for; stays open here.</param>
    /// <returns>None, or why not.</returns>
    public Errno Map(in MapRecord record, int file) =>
        Call(ChannelOperation.MapFile, 0, MemoryMarshal.AsBytes(new ReadOnlySpan<MapRecord>(in record)), file);

    /// <summary>Takes away what a part of the window has.</summary>
    /// <param name="offset">First byte in the window.</param>
    /// <param name="length">Bytes.</param>
    /// <returns>None, or why not.</returns>
    public Errno Unmap(long offset, long length) =>
        Call(ChannelOperation.UnmapRange, (ulong)offset, MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in length)), -1);

    /// <summary>Takes away all that the window has: the guest's driver begins anew.</summary>
    /// <returns>None, or why not.</returns>
    public Errno UnmapAll() => Call(ChannelOperation.UnmapAll, 0, default, -1);

    /// <inheritdoc/>
    public void Dispose() => _keeper.Dispose();

    private Errno Call(ChannelOperation operation, ulong value, ReadOnlySpan<byte> payload, int fd)
    {
        lock (_lock)
        {
            try
            {
                _keeper.Call(operation, 0, value, payload, fd < 0 ? [] : [fd]);
                return Errno.None;
            }
            catch (LinuxException e)
            {
                return e.Errno;
            }
            catch (WorkerDiedException)
            {
                // It is the keeper that has ended, and this process with it.
                return Errno.EIO;
            }
        }
    }
}
