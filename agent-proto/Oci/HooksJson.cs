using System.Text.Json;
using Google.Protobuf.Collections;
using KataShimNet.AgentProto.Kata.Oci;

namespace KataShimNet.AgentProto.Oci;

/// <summary>The hooks: config.md, "POSIX-platform Hooks".</summary>
internal static class HooksJson
{
    public static Hooks Read(OciNode node)
    {
        var hooks = new Hooks();
        ReadList(node, "prestart", hooks.Prestart);
        ReadList(node, "createRuntime", hooks.CreateRuntime);
        ReadList(node, "createContainer", hooks.CreateContainer);
        ReadList(node, "startContainer", hooks.StartContainer);
        ReadList(node, "poststart", hooks.Poststart);
        ReadList(node, "poststop", hooks.Poststop);
        return hooks;
    }

    public static void Write(Utf8JsonWriter json, string key, Hooks hooks)
    {
        json.WriteStartObject(key);
        json.ObjectsIfAny("prestart", hooks.Prestart, WriteHook);
        json.ObjectsIfAny("createRuntime", hooks.CreateRuntime, WriteHook);
        json.ObjectsIfAny("createContainer", hooks.CreateContainer, WriteHook);
        json.ObjectsIfAny("startContainer", hooks.StartContainer, WriteHook);
        json.ObjectsIfAny("poststart", hooks.Poststart, WriteHook);
        json.ObjectsIfAny("poststop", hooks.Poststop, WriteHook);
        json.WriteEndObject();
    }

    private static void ReadList(OciNode node, string key, RepeatedField<Hook> into)
    {
        foreach (OciNode item in node.Children(key))
        {
            var hook = new Hook { Path = item.Text("path"), Timeout = item.Int64("timeout") };
            item.Texts("args", hook.Args);
            item.Texts("env", hook.Env);
            into.Add(hook);
        }
    }

    private static void WriteHook(Utf8JsonWriter json, Hook hook)
    {
        json.WriteString("path", hook.Path);
        json.TextsIfAny("args", hook.Args);
        json.TextsIfAny("env", hook.Env);
        // The specification allows only more than 0; absent is "no limit".
        json.NumberIfSet("timeout", hook.Timeout);
    }
}
