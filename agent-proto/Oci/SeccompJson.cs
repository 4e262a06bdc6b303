using System.Text.Json;
using KataShimNet.AgentProto.Kata.Oci;

namespace KataShimNet.AgentProto.Oci;

/// <summary>The filter of system calls: config-linux.md, "Seccomp".</summary>
internal static class SeccompJson
{
    public static LinuxSeccomp Read(OciNode node)
    {
        var seccomp = new LinuxSeccomp { DefaultAction = node.Text("defaultAction") };
        node.Texts("architectures", seccomp.Architectures);
        node.Texts("flags", seccomp.Flags);
        if (node.OptionalUInt32("defaultErrnoRet") is { } errno)
            seccomp.DefaultErrnoRet = errno;
        foreach (OciNode item in node.Children("syscalls"))
            seccomp.Syscalls.Add(ReadRule(item));
        return seccomp;
    }

    public static void Write(Utf8JsonWriter json, LinuxSeccomp seccomp)
    {
        json.WriteString("defaultAction", seccomp.DefaultAction);
        if (seccomp.HasDefaultErrnoRet)
            json.WriteNumber("defaultErrnoRet", seccomp.DefaultErrnoRet);
        json.TextsIfAny("architectures", seccomp.Architectures);
        json.TextsIfAny("flags", seccomp.Flags);
        json.ObjectsIfAny("syscalls", seccomp.Syscalls, WriteRule);
    }

    private static LinuxSyscall ReadRule(OciNode node)
    {
        var rule = new LinuxSyscall { Action = node.Text("action") };
        node.Texts("names", rule.Names);
        // Absent and 0 differ: the first is EPERM, the second makes the call succeed without being done.
        if (node.OptionalUInt32("errnoRet") is { } errno)
            rule.Errnoret = errno;
        foreach (OciNode item in node.Children("args"))
        {
            rule.Args.Add(new LinuxSeccompArg
            {
                Index = item.UInt64("index"),
                Value = item.UInt64("value"),
                ValueTwo = item.UInt64("valueTwo"),
                Op = item.Text("op"),
            });
        }
        return rule;
    }

    private static void WriteRule(Utf8JsonWriter json, LinuxSyscall rule)
    {
        json.Texts("names", rule.Names);
        json.WriteString("action", rule.Action);
        if (rule.HasErrnoret)
            json.WriteNumber("errnoRet", rule.Errnoret);
        // Operand 0 is a number to compare with, so it is always written.
        json.ObjectsIfAny("args", rule.Args, static (json, item) =>
        {
            json.WriteNumber("index", item.Index);
            json.WriteNumber("value", item.Value);
            json.WriteNumber("valueTwo", item.ValueTwo);
            json.WriteString("op", item.Op);
        });
    }
}
