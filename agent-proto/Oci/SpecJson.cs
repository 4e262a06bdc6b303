using System.Text.Json;
using KataShimNet.AgentProto.Kata.Oci;

namespace KataShimNet.AgentProto.Oci;

/// <summary>The document as a whole: config.md of the runtime specification.</summary>
internal static class SpecJson
{
    // The key must be there; a spec that was put together by hand may lack it.
    private const string VersionWhenUnset = "1.2.0";

    public static Spec Read(OciNode node)
    {
        var spec = new Spec { Version = node.Text("ociVersion"), Hostname = node.Text("hostname") };
        if (node.Child("process") is { } process)
            spec.Process = ProcessJson.Read(process);
        if (node.Child("root") is { } root)
            spec.Root = new Root { Path = root.Text("path"), Readonly = root.Flag("readonly") };
        foreach (OciNode mount in node.Children("mounts"))
            spec.Mounts.Add(ReadMount(mount));
        if (node.Child("hooks") is { } hooks)
            spec.Hooks = HooksJson.Read(hooks);
        node.TextMap("annotations", spec.Annotations);
        if (node.Child("linux") is { } linux)
            spec.Linux = LinuxJson.Read(linux);
        return spec;
    }

    public static void Write(Utf8JsonWriter json, Spec spec)
    {
        json.WriteString("ociVersion", spec.Version.Length == 0 ? VersionWhenUnset : spec.Version);
        if (spec.Process is { } process)
        {
            json.WriteStartObject("process");
            ProcessJson.Write(json, process);
            json.WriteEndObject();
        }
        if (spec.Root is { } root)
        {
            json.WriteStartObject("root");
            json.WriteString("path", root.Path);
            json.FlagIfTrue("readonly", root.Readonly);
            json.WriteEndObject();
        }
        json.TextIfAny("hostname", spec.Hostname);
        json.ObjectsIfAny("mounts", spec.Mounts, WriteMount);
        if (spec.Hooks is { } hooks)
            HooksJson.Write(json, "hooks", hooks);
        json.TextMapIfAny("annotations", spec.Annotations);
        if (spec.Linux is { } linux)
        {
            json.WriteStartObject("linux");
            LinuxJson.Write(json, linux);
            json.WriteEndObject();
        }
    }

    private static Mount ReadMount(OciNode node)
    {
        var mount = new Mount { Destination = node.Text("destination"), Source = node.Text("source"), Type = node.Text("type") };
        node.Texts("options", mount.Options);
        return mount;
    }

    private static void WriteMount(Utf8JsonWriter json, Mount mount)
    {
        json.WriteString("destination", mount.Destination);
        json.TextIfAny("type", mount.Type);
        json.TextIfAny("source", mount.Source);
        json.TextsIfAny("options", mount.Options);
    }
}
