using System.Text.Json;
using Google.Protobuf.Collections;
using KataShimNet.AgentProto.Kata.Oci;
using OciLinux = KataShimNet.AgentProto.Kata.Oci.Linux;

namespace KataShimNet.AgentProto.Oci;

/// <summary>The part for Linux: config-linux.md.</summary>
internal static class LinuxJson
{
    public static OciLinux Read(OciNode node)
    {
        var linux = new OciLinux
        {
            CgroupsPath = node.Text("cgroupsPath"),
            RootfsPropagation = node.Text("rootfsPropagation"),
            MountLabel = node.Text("mountLabel"),
        };
        ReadMappings(node, "uidMappings", linux.UIDMappings);
        ReadMappings(node, "gidMappings", linux.GIDMappings);
        node.TextMap("sysctl", linux.Sysctl);
        if (node.Child("resources") is { } resources)
            linux.Resources = ResourcesJson.Read(resources);
        foreach (OciNode item in node.Children("namespaces"))
            linux.Namespaces.Add(new LinuxNamespace { Type = item.Text("type"), Path = item.Text("path") });
        foreach (OciNode item in node.Children("devices"))
            linux.Devices.Add(DeviceJson.ReadNode(item));
        if (node.Child("seccomp") is { } seccomp)
            linux.Seccomp = SeccompJson.Read(seccomp);
        node.Texts("maskedPaths", linux.MaskedPaths);
        node.Texts("readonlyPaths", linux.ReadonlyPaths);
        if (node.Child("intelRdt") is { } rdt)
            linux.IntelRdt = new LinuxIntelRdt { L3CacheSchema = rdt.Text("l3CacheSchema") };
        return linux;
    }

    public static void Write(Utf8JsonWriter json, OciLinux linux)
    {
        json.ObjectsIfAny("uidMappings", linux.UIDMappings, WriteMapping);
        json.ObjectsIfAny("gidMappings", linux.GIDMappings, WriteMapping);
        json.TextMapIfAny("sysctl", linux.Sysctl);
        if (linux.Resources is { } resources)
        {
            json.WriteStartObject("resources");
            ResourcesJson.Write(json, resources);
            json.WriteEndObject();
        }
        json.TextIfAny("cgroupsPath", linux.CgroupsPath);
        json.ObjectsIfAny("namespaces", linux.Namespaces, static (json, item) =>
        {
            json.WriteString("type", item.Type);
            // An empty path would be opened; absent makes a new namespace.
            json.TextIfAny("path", item.Path);
        });
        json.ObjectsIfAny("devices", linux.Devices, DeviceJson.WriteNode);
        // A message without an action is how the API says "no filter".
        if (linux.Seccomp is { } seccomp && (seccomp.DefaultAction.Length != 0 || seccomp.Syscalls.Count != 0))
        {
            json.WriteStartObject("seccomp");
            SeccompJson.Write(json, seccomp);
            json.WriteEndObject();
        }
        json.TextIfAny("rootfsPropagation", linux.RootfsPropagation);
        json.TextsIfAny("maskedPaths", linux.MaskedPaths);
        json.TextsIfAny("readonlyPaths", linux.ReadonlyPaths);
        json.TextIfAny("mountLabel", linux.MountLabel);
        if (linux.IntelRdt is { L3CacheSchema.Length: > 0 } rdt)
        {
            json.WriteStartObject("intelRdt");
            json.WriteString("l3CacheSchema", rdt.L3CacheSchema);
            json.WriteEndObject();
        }
    }

    private static void ReadMappings(OciNode node, string key, RepeatedField<LinuxIDMapping> into)
    {
        foreach (OciNode item in node.Children(key))
        {
            into.Add(new LinuxIDMapping
            {
                ContainerID = item.UInt32("containerID"),
                HostID = item.UInt32("hostID"),
                Size = item.UInt32("size"),
            });
        }
    }

    private static void WriteMapping(Utf8JsonWriter json, LinuxIDMapping mapping)
    {
        json.WriteNumber("containerID", mapping.ContainerID);
        json.WriteNumber("hostID", mapping.HostID);
        json.WriteNumber("size", mapping.Size);
    }
}
