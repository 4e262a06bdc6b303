using System.Globalization;
using System.IO;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Agent.Storages;

/// <summary>Huge pages of the guest, set aside for volumes (Documentation/admin-guide/mm/hugetlbpage.rst).</summary>
internal static class HugePageReserve
{
    /// <summary>Sets more pages aside.</summary>
    /// <param name="pageSize">Bytes of a page.</param>
    /// <param name="bytes">How much is wanted.</param>
    /// <exception cref="TtrpcException">InvalidArgument: the guest has no such pages; ResourceExhausted: not enough memory in one piece.</exception>
    public static void Grow(long pageSize, long bytes)
    {
        var file = string.Create(CultureInfo.InvariantCulture, $"/sys/kernel/mm/hugepages/hugepages-{pageSize / 1024}kB/nr_hugepages");
        if (!File.Exists(file))
            throw new TtrpcException(StatusCode.InvalidArgument, $"the guest has no huge pages of {pageSize} bytes");
        var before = Read(file);
        var wanted = before + (bytes + pageSize - 1) / pageSize;
        File.WriteAllText(file, wanted.ToString(CultureInfo.InvariantCulture));
        // The kernel gives what it finds, and says nothing.
        var now = Read(file);
        if (now >= wanted)
            return;
        File.WriteAllText(file, before.ToString(CultureInfo.InvariantCulture));
        throw new TtrpcException(
            StatusCode.ResourceExhausted, $"the guest has room for {now - before} huge pages of {pageSize} bytes, {wanted - before} are needed: give the pod more memory");
    }

    private static long Read(string file) => long.Parse(File.ReadAllText(file).Trim(), CultureInfo.InvariantCulture);
}
