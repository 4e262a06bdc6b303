using System.Collections.Generic;
using System.Runtime.InteropServices;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.VhostUser;

/// <content>Guest memory.</content>
internal sealed partial class Session
{
    private bool SetMemTable()
    {
        var payload = _message.Payload;
        if (payload.Length < MemoryTableHeader.TotalSize)
            throw VhostUserException.Malformed($"SetMemTable: payload of {payload.Length} bytes");
        var count = MemoryMarshal.Read<MemoryTableHeader>(payload).Count;
        if (count > MemoryTableHeader.MaxRegions)
            throw VhostUserException.Malformed($"SetMemTable: {count} regions, at most {MemoryTableHeader.MaxRegions} are possible");
        // QEMU sends the full table's size or just what is used; both have at least the regions.
        if (payload.Length < MemoryTableHeader.TotalSize + count * MemoryRegionDescription.TotalSize)
            throw VhostUserException.Malformed($"SetMemTable: {count} regions in a payload of {payload.Length} bytes");
        _message.ExpectFds((int)count);

        var regions = new List<(MemoryRegionDescription, OwnedFd)>();
        for (var i = 0; i < count; i++)
        {
            var at = MemoryTableHeader.TotalSize + i * MemoryRegionDescription.TotalSize;
            regions.Add((MemoryMarshal.Read<MemoryRegionDescription>(payload[at..]), _message.TakeFd()));
        }

        _device.SetMemory(regions);
        return false;
    }

    private bool AddMemReg()
    {
        var region = Read<SingleMemoryRegion>(fds: 1).Region;
        _device.AddMemory(region, _message.TakeFd());
        return false;
    }

    // A descriptor may come along with REM_MEM_REG; it says nothing.
    private bool RemMemReg()
    {
        _device.RemoveMemory(_message.Read<SingleMemoryRegion>().Region);
        return false;
    }
}
