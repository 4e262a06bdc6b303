using System.Text.Json;
using KataShimNet.AgentProto.Kata.Oci;

namespace KataShimNet.AgentProto.Oci;

/// <summary>The process: config.md, "Process".</summary>
internal static class ProcessJson
{
    public static Process Read(OciNode node)
    {
        var process = new Process
        {
            Terminal = node.Flag("terminal"),
            Cwd = node.Text("cwd"),
            NoNewPrivileges = node.Flag("noNewPrivileges"),
            ApparmorProfile = node.Text("apparmorProfile"),
            OOMScoreAdj = node.Int64("oomScoreAdj"),
            SelinuxLabel = node.Text("selinuxLabel"),
        };
        if (node.Child("consoleSize") is { } box)
            process.ConsoleSize = new Box { Height = box.UInt32("height"), Width = box.UInt32("width") };
        if (node.Child("user") is { } user)
        {
            process.User = new User { UID = user.UInt32("uid"), GID = user.UInt32("gid"), Username = user.Text("username") };
            user.UInt32s("additionalGids", process.User.AdditionalGids);
            if (user.OptionalUInt32("umask") is { } umask)
                process.User.Umask = umask;
        }
        node.Texts("args", process.Args);
        node.Texts("env", process.Env);
        if (node.Child("capabilities") is { } sets)
        {
            process.Capabilities = new LinuxCapabilities();
            sets.Texts("bounding", process.Capabilities.Bounding);
            sets.Texts("effective", process.Capabilities.Effective);
            sets.Texts("inheritable", process.Capabilities.Inheritable);
            sets.Texts("permitted", process.Capabilities.Permitted);
            sets.Texts("ambient", process.Capabilities.Ambient);
        }
        foreach (OciNode limit in node.Children("rlimits"))
            process.Rlimits.Add(new POSIXRlimit { Type = limit.Text("type"), Hard = limit.UInt64("hard"), Soft = limit.UInt64("soft") });
        return process;
    }

    public static void Write(Utf8JsonWriter json, Process process)
    {
        json.WriteBoolean("terminal", process.Terminal);
        // A size of nothing would be set on the terminal.
        if (process.ConsoleSize is { Height: > 0, Width: > 0 } size)
        {
            json.WriteStartObject("consoleSize");
            json.WriteNumber("height", size.Height);
            json.WriteNumber("width", size.Width);
            json.WriteEndObject();
        }
        WriteUser(json, process.User ?? new User());
        json.Texts("args", process.Args);
        json.TextsIfAny("env", process.Env);
        // The specification demands it, and an absolute path; the API lets it be empty.
        json.WriteString("cwd", process.Cwd.Length == 0 ? "/" : process.Cwd);
        if (process.Capabilities is { } sets)
            WriteCapabilities(json, sets);
        // Zero is a limit here like any other: RLIMIT_CORE is often 0.
        json.ObjectsIfAny("rlimits", process.Rlimits, static (json, limit) =>
        {
            json.WriteString("type", limit.Type);
            json.WriteNumber("hard", limit.Hard);
            json.WriteNumber("soft", limit.Soft);
        });
        json.WriteBoolean("noNewPrivileges", process.NoNewPrivileges);
        json.TextIfAny("apparmorProfile", process.ApparmorProfile);
        // Written at 0 too: left out, the process would keep the value that the agent has.
        json.WriteNumber("oomScoreAdj", process.OOMScoreAdj);
        json.TextIfAny("selinuxLabel", process.SelinuxLabel);
    }

    private static void WriteUser(Utf8JsonWriter json, User user)
    {
        json.WriteStartObject("user");
        json.WriteNumber("uid", user.UID);
        json.WriteNumber("gid", user.GID);
        if (user.AdditionalGids.Count != 0)
        {
            json.WriteStartArray("additionalGids");
            foreach (uint gid in user.AdditionalGids)
                json.WriteNumberValue(gid);
            json.WriteEndArray();
        }
        json.TextIfAny("username", user.Username);
        // 0 is a mask too.
        if (user.HasUmask)
            json.WriteNumber("umask", user.Umask);
        json.WriteEndObject();
    }

    private static void WriteCapabilities(Utf8JsonWriter json, LinuxCapabilities sets)
    {
        // Empty sets are written: they mean "none", which is not what the absence of the object means.
        json.WriteStartObject("capabilities");
        json.Texts("bounding", sets.Bounding);
        json.Texts("effective", sets.Effective);
        json.Texts("inheritable", sets.Inheritable);
        json.Texts("permitted", sets.Permitted);
        json.Texts("ambient", sets.Ambient);
        json.WriteEndObject();
    }
}
