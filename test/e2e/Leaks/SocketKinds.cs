using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace KataShimNet.EndToEndTests.Leaks;

/// <summary>What the sockets of a network namespace are (proc_pid_net(5)), so that one too many can be told from others.</summary>
internal static class SocketKinds
{
    /// <summary>A connection that a client of containerd made: an accepted socket has the path of the listening one.</summary>
    public const string OfAClient = "a client";

    /// <summary>
    /// A socket of another network namespace: an accepted one is of the namespace of who connected, so these are the tests' own connections
    /// from outside the node, which come and go as their client likes. Shims are in the node's.
    /// </summary>
    public const string OfAnotherNamespace = "of another namespace";

    private const string Server = "/run/containerd/containerd.sock";

    /// <summary>Kinds by how a descriptor's link names a socket, such as <c>socket:[1234]</c>.</summary>
    /// <param name="pid">A process in the namespace.</param>
    public static Dictionary<string, string> Read(int pid)
    {
        Dictionary<string, string> kinds = [];
        foreach (string[] fields in Lines(pid, "unix"))
        {
            // "address: refs protocol flags type state inode path": 01 is connected, or listening with the flag __SO_ACCEPTCON.
            string path = fields.Length > 7 ? fields[7] : "without a path";
            bool isClient = path == Server && fields[3] != "00010000";
            kinds[$"socket:[{fields[6]}]"] = isClient ? OfAClient : $"unix socket {path}";
        }

        foreach (string table in (string[])["tcp", "tcp6"])
        {
            // "slot: local remote state …": ports are chosen by chance, states are not.
            foreach (string[] fields in Lines(pid, table))
                kinds[$"socket:[{fields[9]}]"] = $"{table} socket in state {fields[3]}";
        }

        foreach (string[] fields in Lines(pid, "netlink"))
            kinds[$"socket:[{fields[9]}]"] = $"netlink socket of protocol {fields[1]}";
        return kinds;
    }

    /// <summary>The words of each line of a table.</summary>
    /// <param name="pid">A process in the namespace.</param>
    /// <param name="table">Name of the table's file.</param>
    public static IEnumerable<string[]> Lines(int pid, string table) =>
        File.ReadLines($"/proc/{pid}/net/{table}").Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
