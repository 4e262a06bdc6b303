using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.TestGuest;
using KataShimNet.TestGuest.Boot;
using KataShimNet.TestGuest.Machines;
using KataShimNet.TestGuest.Shares;

namespace KataShimNet.Bench.Guests;

/// <summary>A guest that is measured in: with fio, katanet-probe and a kernel that has 9p.</summary>
internal sealed class BenchGuest : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(180);

    private readonly GuestMachine _machine;

    private BenchGuest(GuestMachine machine, string kernel)
    {
        _machine = machine;
        Kernel = kernel;
    }

    /// <summary>Release of the guest's kernel.</summary>
    public string Kernel { get; }

    /// <summary>KVM or TCG.</summary>
    public string Accelerator => _machine.Qemu.Command.Contains("accel=kvm", StringComparison.Ordinal) ? "KVM" : "TCG";

    /// <summary>Boots it, with all shares mounted at <see cref="MountOf"/>.</summary>
    /// <param name="tree">The node's tree.</param>
    /// <param name="tools">What <c>deploy/node/tools.sh</c> built.</param>
    /// <param name="shares">In the order of their numbers.</param>
    public static async Task<BenchGuest> StartAsync(string tree, string tools, params IEnumerable<GuestShare> shares)
    {
        Console.Error.WriteLine("bench: starting a guest ...");
        GuestMachine machine = await GuestMachine.StartAsync(new GuestOptions
        {
            Tree = tree,
            Layers = [Path.Combine(tools, "layer")],
            Kernel = new GuestKernel(Path.Combine(tools, "kernel/vmlinuz"), Path.Combine(tools, "kernel/modules")),
            MemoryMib = 2048,
            Shares = [.. shares.Select((share, number) => share with { MountPoint = MountOf(number) })],
            Files = new Dictionary<string, byte[]>
            {
                ["/usr/bin/katanet-probe"] = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "katanet-probe")).ConfigureAwait(false),
            },
        }).ConfigureAwait(false);
        return new BenchGuest(machine, (await machine.RunAsync("uname -r", s_limit).ConfigureAwait(false)).Succeeded().Trim());
    }

    /// <summary>Where a share is mounted.</summary>
    public static string MountOf(int number) => $"/mnt/s{number}";

    /// <summary>Runs a script, and gives what it printed.</summary>
    /// <exception cref="GuestException">It failed.</exception>
    public async Task<string> RunAsync(string script) => (await _machine.RunAsync(script, s_limit).ConfigureAwait(false)).Succeeded();

    /// <summary>Mounts a share anew: the guest has nothing of it in its caches then, and nothing mapped.</summary>
    public Task RemountAsync(int number) => RunAsync($"umount {MountOf(number)} && {_machine.Shares[number].Mount}");

    /// <summary>MiB per second of a load on a share; 0 when it is not possible.</summary>
    /// <param name="test">The load.</param>
    /// <param name="number">Which share.</param>
    /// <param name="fileMib">MiB of each job's file.</param>
    /// <param name="seconds">For how long.</param>
    public async Task<double> FioAsync(FioTest test, int number, int fileMib, double seconds) =>
        test.Read((await _machine.RunAsync(test.Script(MountOf(number), fileMib, seconds), s_limit).ConfigureAwait(false)).Output);

    public ValueTask DisposeAsync() => _machine.DisposeAsync();
}
