using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Leaks;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Tasks;

/// <summary>Where the streams of processes can go, and that none of it is lost, grows or stays open.</summary>
public sealed class ProcessStreamTests(NodeFixture fixture) : ContainerTest(fixture)
{
    private const string AnonymousMemory = "grep AnonPages /proc/meminfo | tr -dc 0-9";

    // KATANET_OUTPUT_MIB=1024 for the whole of it.
    private static readonly int s_mebibytes =
        int.TryParse(Environment.GetEnvironmentVariable("KATANET_OUTPUT_MIB"), CultureInfo.InvariantCulture, out int mebibytes) ? mebibytes : 64;

    [Fact]
    public async Task Much_output_arrives_whole_through_a_file_a_fifo_and_a_slow_reader_and_the_shim_does_not_grow()
    {
        Assert.SkipUnless(TestNode.IsKatanet, "this is about our shim's memory");
        int[] before = Shims();
        string id = await StartAsync("sleep", "10000");
        int shim = Shims().Except(before).Single();
        TimeSpan limit = TimeSpan.FromMinutes(2) + TimeSpan.FromSeconds(s_mebibytes);
        string write = $"for i in $(seq {s_mebibytes / 16}); do cat /data; done";
        CommandResult sum = (await ExecAsync(limit, id, "sh", "-c", $"dd if=/dev/urandom of=/data bs=1M count=16 2>/dev/null; ({write}) | md5sum")).Exits(0);

        (await ExecAsync(limit, id, "sh", "-c", "true")).Exits(0);
        long quiet = Memory(shim);
        long start = Stopwatch.GetTimestamp();
        string exec = $"ctr tasks exec --exec-id fast {id} sh -c '{write}' | busybox md5sum";
        (await Node.RunAsync(limit, null, "sh", "-c", exec)).Exits(0).Prints(sum.Text.Trim());
        TestContext.Current.TestOutputHelper?.WriteLine($"{s_mebibytes} MiB in {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s");
        Assert.InRange(Memory(shim) - quiet, long.MinValue, 24 << 20);

        // A reader that takes a second for each of its first few bites holds the process up, and loses nothing.
        string slow = $"ctr tasks exec --exec-id slow {id} head -c 8m /data | (for i in 1 2 3; do sleep 1; busybox dd bs=64k count=1 iflag=fullblock 2>/dev/null; done; cat) | wc -c";
        (await Node.RunAsync(limit, null, "sh", "-c", slow)).Exits(0).Prints($"{8 << 20}");
    }

    [Fact]
    public async Task Output_goes_to_files_and_to_programs()
    {
        const string Logger = "#!/bin/sh\nexec 5>&-\necho \"$CONTAINER_ID $CONTAINER_NAMESPACE $*\" > /state/logger-env\ncat <&3 > /state/logger-out &\ncat <&4 > /state/logger-err\nwait\n";
        await Node.WriteFileAsync("/root/logger.sh", Logger, executable: true);
        string id = NewId("logged");
        using EventLog events = await EventLog.BeginAsync(Node);
        await StartAsync(
            new ContainerOptions { Id = id, Arguments = ["--log-uri", "binary:///root/logger.sh?mode=all"] }, "sh", "-c", "echo to-output; seq 100000; echo to-error >&2");
        Assert.Equal(0, (await events.WaitAsync("/tasks/exit", id, StartLimit, id)).ExitStatus);
        (await CtrAsync("tasks", "rm", id)).Exits(0);
        Assert.Equal($"{id} default mode all\n", await File.ReadAllTextAsync($"{Node.Root}/state/logger-env"));
        Assert.Equal(100_001, File.ReadLines($"{Node.Root}/state/logger-out").Count());
        Assert.Equal("to-error\n", await File.ReadAllTextAsync($"{Node.Root}/state/logger-err"));

        string second = await StartAsync(
            new ContainerOptions { Arguments = ["--log-uri", "file:///state/logged"] }, "sh", "-c", "echo to-output; echo to-error >&2");
        Assert.Equal(0, (await events.WaitAsync("/tasks/exit", second, StartLimit, second)).ExitStatus);
        Assert.Equal(["to-error", "to-output"], File.ReadLines($"{Node.Root}/state/logged").Order(StringComparer.Ordinal));
        (await Node.RunAsync("sh", "-c", "rm /state/logger-* /state/logged /root/logger.sh")).Exits(0);
    }

    [Fact]
    public async Task A_terminal_has_a_size_and_one_stream_and_many_processes_in_a_row_leave_nothing()
    {
        Assert.SkipUnless(TestNode.IsKatanet, "the agent's descriptors are looked at");
        int[] before = Shims();
        string id = await StartAsync("sleep", "10000");
        int shim = Shims().Except(before).Single();
        // script(1) gives ctr a terminal of its own, of which it passes on the size.
        string session = $"stty rows 33 cols 111; ctr tasks exec -t --exec-id tty {id} sh -c 'sleep 1; stty size; echo to-error >&2; test -t 0 && exit 7'";
        CommandResult result = (await Node.RunAsync(StartLimit, null, "script", "-qec", session, "/dev/null")).Exits(7);
        Assert.Contains("33 111", result.Text, StringComparison.Ordinal);
        Assert.Contains("to-error", result.Text, StringComparison.Ordinal);

        // The end of the input arrives; ctr itself forgets one that comes before the process is there.
        (await Node.RunAsync(StartLimit, null, "sh", "-c", $"(echo 1; sleep 3) | ctr tasks exec --exec-id input {id} wc -c")).Exits(0).Prints("2");

        // The agent remembers so many ended ones; from then on each new one takes the place of an old one.
        await RunManyAsync(id, "warm", 70);
        (int descriptors, int files, int memory) = (Descriptors(shim), await GuestAsync(id, "cut -f 1 /proc/sys/fs/file-nr"), await GuestAsync(id, AnonymousMemory));
        await RunManyAsync(id, "many", 70);
        Assert.InRange(Descriptors(shim), 1, descriptors + 2);
        // Open files, and memory in KiB, of the whole guest: there is nobody but the agent to keep any.
        Assert.InRange(await GuestAsync(id, "cut -f 1 /proc/sys/fs/file-nr"), 1, files + 64);
        Assert.InRange(await GuestAsync(id, AnonymousMemory), 1, memory + 2048);
    }

    private async Task RunManyAsync(string id, string name, int count)
    {
        string loop = $"for i in $(seq {count}); do ctr tasks exec --exec-id {name}-$i {id} true || exit 1; done";
        (await Node.RunAsync(TimeSpan.FromMinutes(5), null, "sh", "-c", loop)).Exits(0);
    }

    private async Task<int> GuestAsync(string id, string script) =>
        int.Parse((await ExecAsync(StartLimit, id, "sh", "-c", script)).Exits(0).Text.Trim(), CultureInfo.InvariantCulture);

    private Task<CommandResult> ExecAsync(TimeSpan limit, string id, params string[] command) =>
        Node.RunAsync(limit, null, ["ctr", "tasks", "exec", "--exec-id", $"x-{Guid.NewGuid():N}", id, .. command]);

    private int[] Shims() => [.. ProcessTree.Below(Node.InitPid).Where(p => p.Name == "containerd-shim").Select(p => p.Pid)];

    private static int Descriptors(int pid) => Directory.GetFiles($"/proc/{pid}/fd").Length;

    // Proportional set size in bytes (proc(5), smaps_rollup).
    private static long Memory(int pid) => 1024 * long.Parse(
        File.ReadLines($"/proc/{pid}/smaps_rollup").Single(line => line.StartsWith("Pss:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);
}
