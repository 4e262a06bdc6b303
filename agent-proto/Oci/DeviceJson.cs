using System.Text.Json;
using KataShimNet.AgentProto.Kata.Oci;

namespace KataShimNet.AgentProto.Oci;

/// <summary>Device nodes and the rules for their use: config-linux.md, "Devices" and "Device allowlist".</summary>
internal static class DeviceJson
{
    // JSON leaves a number out to say "every one"; the API has no absence, and its agent takes -1 for it.
    private const long EveryNumber = -1;

    public static LinuxDevice ReadNode(OciNode node) => new()
    {
        Path = node.Text("path"),
        Type = node.Text("type"),
        Major = node.Int64("major"),
        Minor = node.Int64("minor"),
        FileMode = node.UInt32("fileMode"),
        UID = node.UInt32("uid"),
        GID = node.UInt32("gid"),
    };

    public static void WriteNode(Utf8JsonWriter json, LinuxDevice device)
    {
        json.WriteString("path", device.Path);
        json.WriteString("type", device.Type);
        // A fifo has no numbers.
        if (device.Type != "p")
        {
            json.WriteNumber("major", device.Major);
            json.WriteNumber("minor", device.Minor);
        }
        // Mode 0 would make a node that nobody may open; absent gives the runtime's own, 0666.
        json.NumberIfSet("fileMode", device.FileMode);
        json.WriteNumber("uid", device.UID);
        json.WriteNumber("gid", device.GID);
    }

    public static LinuxDeviceCgroup ReadRule(OciNode node) => new()
    {
        Allow = node.Flag("allow"),
        Type = node.Text("type"),
        Major = node.Int64("major", EveryNumber),
        Minor = node.Int64("minor", EveryNumber),
        Access = node.Text("access"),
    };

    public static void WriteRule(Utf8JsonWriter json, LinuxDeviceCgroup rule)
    {
        json.WriteBoolean("allow", rule.Allow);
        json.TextIfAny("type", rule.Type);
        // A rule for every device comes from other clients with both numbers 0. Elsewhere 0 stays 0: to read it as "every"
        // would allow more than was said.
        if (rule.Type is not ("" or "a"))
        {
            if (rule.Major != EveryNumber)
                json.WriteNumber("major", rule.Major);
            if (rule.Minor != EveryNumber)
                json.WriteNumber("minor", rule.Minor);
        }
        json.TextIfAny("access", rule.Access);
    }
}
