using System;
using System.Collections.Generic;
using System.Globalization;
using KataShimNet.Bench.Nodes;

namespace KataShimNet.Bench.Memory;

/// <summary>What a sandbox costs while its container idles.</summary>
/// <param name="Processes">Its processes on the node.</param>
/// <param name="Guest">Memory inside.</param>
public sealed record IdleSandbox(IReadOnlyList<ProcessMemory> Processes, GuestMemory Guest)
{
    private const string Id = "bench-idle";

    /// <summary>Starts a container that does nothing, lets it idle, reads, and ends it.</summary>
    internal static IdleSandbox Measure(TestNode node, TimeSpan idle)
    {
        ArgumentNullException.ThrowIfNull(node);
        Console.Error.WriteLine("bench: a container idles, for the memory figures ...");
        node.Bash("no container starts", "timeout 300 ctr run -d --runtime \"$1\" \"$2\" \"$3\" sleep 1000000", TestNode.Runtime, TestNode.Image, Id);
        // Idling is what is measured: caches that the start filled are given back, collectors have run.
        node.Bash("cannot wait", "sleep \"$1\"", idle.TotalSeconds.ToString(CultureInfo.InvariantCulture));
        IReadOnlyList<ProcessMemory> processes = ProcessMemory.Read(node);
        GuestMemory guest = GuestMemory.Parse(
            node.Bash("a second process cannot run in the container", "timeout 60 ctr task exec --exec-id meminfo \"$1\" cat /proc/meminfo", Id));
        // The task is waited for by the kill's own effect: ctr's list says when it has stopped.
        node.Bash("the idle container cannot be ended", """
            timeout 60 ctr task kill --signal KILL "$1"
            timeout 60 bash -c 'until ctr task ls | grep -qE "^$1 .*STOPPED"; do sleep 0.1; done' wait "$1"
            ctr task rm "$1" >/dev/null; ctr container rm "$1"
            """, Id);
        return new IdleSandbox(processes, guest);
    }
}
