using System.Text.Json;
using KataShimNet.AgentProto.Kata.Oci;

namespace KataShimNet.AgentProto.Oci;

/// <summary>
/// What a container may use: config-linux.md, "Control groups". A number of 0 is never written: in the API it means "not set", and a
/// runtime would take it for a limit of nothing. So <c>swappiness: 0</c> and <c>swap: 0</c> cannot be asked for; -1, "no limit", can.
/// </summary>
internal static class ResourcesJson
{
    public static LinuxResources Read(OciNode node)
    {
        var resources = new LinuxResources();
        foreach (OciNode rule in node.Children("devices"))
            resources.Devices.Add(DeviceJson.ReadRule(rule));
        if (node.Child("memory") is { } memory)
            resources.Memory = ReadMemory(memory);
        if (node.Child("cpu") is { } cpu)
            resources.CPU = ReadCpu(cpu);
        if (node.Child("pids") is { } pids)
            resources.Pids = new LinuxPids { Limit = pids.Int64("limit") };
        if (node.Child("blockIO") is { } blockIo)
            resources.BlockIO = BlockIoJson.Read(blockIo);
        foreach (OciNode limit in node.Children("hugepageLimits"))
            resources.HugepageLimits.Add(new LinuxHugepageLimit { Pagesize = limit.Text("pageSize"), Limit = limit.UInt64("limit") });
        if (node.Child("network") is { } network)
            resources.Network = ReadNetwork(network);
        node.TextMap("unified", resources.Unified);
        return resources;
    }

    public static void Write(Utf8JsonWriter json, LinuxResources resources)
    {
        json.ObjectsIfAny("devices", resources.Devices, DeviceJson.WriteRule);
        if (resources.Memory is { } memory)
            WriteMemory(json, memory);
        if (resources.CPU is { } cpu)
            WriteCpu(json, cpu);
        // "limit" is the object's only and required key, so without one there is no object.
        if (resources.Pids is { Limit: not 0 } pids)
        {
            json.WriteStartObject("pids");
            json.WriteNumber("limit", pids.Limit);
            json.WriteEndObject();
        }
        if (resources.BlockIO is { } blockIo)
            BlockIoJson.Write(json, "blockIO", blockIo);
        // Here 0 is meant: none of these pages.
        json.ObjectsIfAny("hugepageLimits", resources.HugepageLimits, static (json, limit) =>
        {
            json.WriteString("pageSize", limit.Pagesize);
            json.WriteNumber("limit", limit.Limit);
        });
        // Not even an empty object: crun refuses any with cgroup v2.
        if (resources.Network is { } network && (network.ClassID != 0 || network.Priorities.Count != 0))
            WriteNetwork(json, network);
        json.TextMapIfAny("unified", resources.Unified);
    }

    private static LinuxMemory ReadMemory(OciNode node) => new()
    {
        Limit = node.Int64("limit"),
        Reservation = node.Int64("reservation"),
        Swap = node.Int64("swap"),
        Kernel = node.Int64("kernel"),
        KernelTCP = node.Int64("kernelTCP"),
        Swappiness = node.UInt64("swappiness"),
        DisableOOMKiller = node.Flag("disableOOMKiller"),
    };

    private static void WriteMemory(Utf8JsonWriter json, LinuxMemory memory)
    {
        json.WriteStartObject("memory");
        json.NumberIfSet("limit", memory.Limit);
        json.NumberIfSet("reservation", memory.Reservation);
        json.NumberIfSet("swap", memory.Swap);
        json.NumberIfSet("kernel", memory.Kernel);
        json.NumberIfSet("kernelTCP", memory.KernelTCP);
        json.NumberIfSet("swappiness", memory.Swappiness);
        json.FlagIfTrue("disableOOMKiller", memory.DisableOOMKiller);
        json.WriteEndObject();
    }

    private static LinuxCPU ReadCpu(OciNode node) => new()
    {
        Shares = node.UInt64("shares"),
        Quota = node.Int64("quota"),
        Period = node.UInt64("period"),
        RealtimeRuntime = node.Int64("realtimeRuntime"),
        RealtimePeriod = node.UInt64("realtimePeriod"),
        Cpus = node.Text("cpus"),
        Mems = node.Text("mems"),
        Burst = node.UInt64("burst"),
        Idle = node.Int64("idle"),
    };

    private static void WriteCpu(Utf8JsonWriter json, LinuxCPU cpu)
    {
        json.WriteStartObject("cpu");
        json.NumberIfSet("shares", cpu.Shares);
        json.NumberIfSet("quota", cpu.Quota);
        json.NumberIfSet("period", cpu.Period);
        json.NumberIfSet("realtimeRuntime", cpu.RealtimeRuntime);
        json.NumberIfSet("realtimePeriod", cpu.RealtimePeriod);
        json.TextIfAny("cpus", cpu.Cpus);
        json.TextIfAny("mems", cpu.Mems);
        json.NumberIfSet("burst", cpu.Burst);
        json.NumberIfSet("idle", cpu.Idle);
        json.WriteEndObject();
    }

    private static LinuxNetwork ReadNetwork(OciNode node)
    {
        var network = new LinuxNetwork { ClassID = node.UInt32("classID") };
        foreach (OciNode item in node.Children("priorities"))
            network.Priorities.Add(new LinuxInterfacePriority { Name = item.Text("name"), Priority = item.UInt32("priority") });
        return network;
    }

    private static void WriteNetwork(Utf8JsonWriter json, LinuxNetwork network)
    {
        json.WriteStartObject("network");
        json.NumberIfSet("classID", network.ClassID);
        json.ObjectsIfAny("priorities", network.Priorities, static (json, item) =>
        {
            json.WriteString("name", item.Name);
            json.WriteNumber("priority", item.Priority);
        });
        json.WriteEndObject();
    }
}
