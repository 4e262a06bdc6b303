using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.Agent.Containers;
using KataShimNet.Agent.Storages;
using KataShimNet.AgentProto.Guest;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Rpc;

/// <summary>Calls about files that others have made longer or shorter.</summary>
internal static class SizeMethods
{
    /// <summary>Adds the methods to a table.</summary>
    /// <param name="table">The table.</param>
    public static void AddTo(TtrpcServiceTable table) =>
        table.Add(GuestContract.GuestService, "RefreshSizes", RefreshSizesRequest.Parser, (request, cancel) => Task.Run(
            () =>
            {
                foreach (var files in request.Files.GroupBy(file => file.Export))
                    Refresh(files.Key, files);
                return new Empty();
            },
            cancel));

    // A name comes from the host; that it is one component keeps a mistake from leading elsewhere.
    private static void Refresh(string export, IEnumerable<MappedFile> files)
    {
        if (export.Length == 0 || export is "." or ".." || export.Contains('/', StringComparison.Ordinal))
            return;
        var fd = Fcntl.openat(
            Fcntl.AT_FDCWD, ShareAnchors.PathOf(export), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC, 0);
        if (fd < 0)
            return;
        using var folder = new OwnedFd(fd);
        foreach (var file in files)
            _ = KnownFile.TryRefreshSize(folder, file.Node);
    }
}
