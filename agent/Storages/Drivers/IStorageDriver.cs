using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Agent.Boot;
using KataShimNet.AgentProto.Kata;

namespace KataShimNet.Agent.Storages.Drivers;

/// <summary>One kind of storage that the host can ask for.</summary>
internal interface IStorageDriver
{
    /// <summary>Its name in the API.</summary>
    string Name { get; }

    /// <summary>Whether it stays until the guest ends: what a pod keeps while its containers come and go.</summary>
    bool Stays => false;

    /// <summary>Mounts it.</summary>
    /// <param name="storage">What the host wants.</param>
    /// <param name="point">Where to: checked.</param>
    /// <param name="cancel">Gives up.</param>
    Task MountAsync(Storage storage, string point, CancellationToken cancel);

    /// <summary>Takes it off again.</summary>
    /// <param name="point">Where it is.</param>
    void Unmount(string point) => Mounts.Detach(point);
}
