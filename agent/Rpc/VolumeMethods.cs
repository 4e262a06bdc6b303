using System.Threading.Tasks;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.Agent.Storages.Drivers;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Katanet;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Agent.Rpc;

/// <summary>Calls about volumes of which the guest has a copy.</summary>
internal sealed class VolumeMethods(WatchedDriver watched)
{
    /// <summary>Adds the methods to a table.</summary>
    /// <param name="table">The table.</param>
    public void AddTo(TtrpcServiceTable table) =>
        table.Add(GuestContract.VolumesService, "Refresh", RefreshVolumeRequest.Parser, async (request, cancel) =>
        {
            await Task.Run(() => watched.Refresh(request.MountPoint), cancel).ConfigureAwait(false);
            return new Empty();
        });
}
