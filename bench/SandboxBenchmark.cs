using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using KataShimNet.Bench.Memory;
using KataShimNet.Bench.Nodes;
using KataShimNet.Bench.Reports;
using KataShimNet.Bench.Sizes;
using KataShimNet.Bench.Starts;

namespace KataShimNet.Bench;

/// <summary>A sandbox: first an idle one, whose QEMU's command line makes the bare machine, then the starts in turns.</summary>
internal static class SandboxBenchmark
{
    private const string InitrdName = "bare.cpio";

    public static SandboxResults Run(Repository repository, TestNode node, int runs, TimeSpan settle)
    {
        IdleSandbox idle = IdleSandbox.Measure(node, settle);

        IReadOnlyList<string> shims = idle.Processes.Single(process => process.Role == "qemu").Arguments;
        IReadOnlyList<string> bare = BareMachine.CommandLine(shims, $"/state/{InitrdName}");
        node.Put(InitrdName, BareMachine.Initrd(Busybox(node)));
        node.Put("bare.argv", Encoding.UTF8.GetBytes(string.Concat(bare.Select(static word => word + '\0'))));

        StartTimes starts = StartTimes.Measure(node, runs);
        string log = node.Bash("containerd's log cannot be read", "cat /var/log/containerd.log");
        return new SandboxResults(
            bare.Any(static word => word == "kvm") ? "KVM" : "TCG",
            starts,
            StageTable.Read(log, runs),
            idle,
            Size.Measure(repository),
            bare);
    }

    private static byte[] Busybox(TestNode node)
    {
        byte[] busybox = Convert.FromBase64String(node.Bash("there is no busybox in the node", "base64 -w0 /usr/bin/busybox"));
        // An init that needs a loader would end in a panic without a word.
        return ElfProgram.IsStatic(busybox)
            ? busybox
            : throw new BenchException("the node's busybox is not static; add busybox-static to deploy/node/packages.txt");
    }
}
