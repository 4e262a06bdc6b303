using System;
using System.Globalization;
using System.Linq;

namespace KataShimNet.CoherencyTests.Histories;

/// <summary>Calls as people write them.</summary>
internal static class HistoryText
{
    /// <summary>One line: client, interval, call, result.</summary>
    public static string Line(Record call) =>
        string.Create(CultureInfo.InvariantCulture, $"[{call.Begin,6} {call.End,6}] client {call.Client}: {Words(call)} = {Outcome(call)}");

    /// <summary>A unit of a file: who wrote it, in which round, and which of its units it is.</summary>
    public static string Unit(ulong unit) => unit == 0 ? "0" : $"{(unit >> 56) - 1}.{unit & 0xFFFFFF}";

    private static string Words(Record call)
    {
        var mode = Convert.ToString(call.Argument, 8);
        return call.Operation switch
        {
            Operation.Stat or Operation.Unlink or Operation.Rmdir or Operation.List => $"{call.Operation} {call.Path}",
            Operation.Chmod or Operation.Mkdir => $"{call.Operation} {call.Path} {mode}",
            Operation.Truncate => $"Truncate {call.Path} to {call.Argument * 8}",
            Operation.Open => $"Open slot {call.Slot}: {call.Path} ({call.Ways}{(call.Ways.HasFlag(OpenWays.Make) ? $", mode {mode}" : "")})",
            Operation.Fchmod => $"Fchmod slot {call.Slot}: {mode}",
            Operation.Ftruncate => $"Ftruncate slot {call.Slot} to {call.Argument * 8}",
            Operation.Read or Operation.Load => $"{call.Operation} slot {call.Slot} at {call.Argument * 8}",
            Operation.Write or Operation.Store => $"{call.Operation} slot {call.Slot} at {call.Argument * 8}: {string.Join(' ', call.Written().Select(Unit))}",
            Operation.Link => $"Link {call.Path} as {call.Path2}",
            Operation.Rename => $"Rename {call.Path} to {call.Path2}{(call.Argument == 0 ? "" : call.Argument == 1 ? " (NOREPLACE)" : " (EXCHANGE)")}",
            _ => $"{call.Operation} slot {call.Slot}",
        };
    }

    private static string Outcome(Record call)
    {
        if (call.Result < 0)
            return $"{call.Error}";
        var stat = call.Stat;
        return call.Operation switch
        {
            Operation.Stat or Operation.Fstat => $"{(stat.IsFolder ? "folder" : "file")} ino {stat.Ino} mode {Convert.ToString(stat.Permissions, 8)} "
                + $"links {stat.Nlink} size {stat.Size} mtime {stat.Mtime} ctime {stat.Ctime}",
            Operation.Read or Operation.Load => $"{call.Result} bytes: {string.Join(' ', call.Units.Select(Unit))}",
            Operation.List => string.Join(' ', call.Names.Select(name => $"{NamePath.Letter(name.Name)}{(name.Type == ListedName.Folder ? "/" : "")}({name.Ino})")),
            _ => $"{call.Result}",
        };
    }
}
