using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Dax;

/// <summary>What one worker may ask of the window; void once another has taken over.</summary>
/// <param name="window">The window; not owned.</param>
/// <param name="generation">The worker's.</param>
internal sealed class WindowDoor(DaxWindow window, int generation)
{
    /// <summary>Handles a request of the worker (<see cref="ChannelServer.Handler"/>).</summary>
    /// <param name="call">The request.</param>
    /// <param name="data">Room for data of the answer.</param>
    /// <param name="length">Bytes of data: none.</param>
    public ulong Handle(ChannelCall call, System.Span<byte> data, out int length)
    {
        length = 0;
        switch (call.Operation)
        {
            case ChannelOperation.MapFile:
                window.Map(generation, call.Read<MapRecord>(), call.TakeFd());
                return 0;
            case ChannelOperation.UnmapRange:
                window.Unmap(generation, (long)call.Value, call.Read<long>());
                return 0;
            case ChannelOperation.UnmapAll:
                window.Unmap(generation, 0, window.Size);
                return 0;
            default:
                throw new LinuxException(Errno.ENOSYS, "window channel", call.Operation.ToString());
        }
    }
}
