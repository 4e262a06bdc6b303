using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.Bench.Starts;
using KataShimNet.TestGuest;
using KataShimNet.TestGuest.Boot;
using KataShimNet.TestGuest.Machines;

namespace KataShimNet.Bench.Guests;

/// <summary>One guest that has every system mounted at once, so that each load meets them one right after the other.</summary>
internal static class GuestBenchmark
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(120);

    /// <summary>Measures all loads.</summary>
    /// <param name="repository">Where our daemon is, and room for the files.</param>
    /// <param name="tree">The node's tree.</param>
    /// <param name="tools">What <c>deploy/node/tools.sh</c> built.</param>
    /// <param name="rounds">How often.</param>
    /// <param name="seconds">Of each run.</param>
    /// <param name="filter">Part of the names of loads to measure; empty for all.</param>
    public static async Task<GuestResults> MeasureAsync(Repository repository, string tree, string tools, int rounds, double seconds, string filter)
    {
        string root = Path.Combine(repository.Root, "artifacts/bench", Guid.NewGuid().ToString("N"));
        IReadOnlyList<GuestSystem> systems = GuestSystem.All(Path.Combine(repository.Bin, "katanet-fsd"));
        try
        {
            Console.Error.WriteLine("bench: starting a guest ...");
            await using GuestMachine guest = await GuestMachine.StartAsync(new GuestOptions
            {
                Tree = tree,
                Layers = [Path.Combine(tools, "layer")],
                Kernel = new GuestKernel(Path.Combine(tools, "kernel/vmlinuz"), Path.Combine(tools, "kernel/modules")),
                MemoryMib = 2048,
                Shares = [.. systems.Select((system, number) => system.Share(Prepare(root, number)) with { MountPoint = MountOf(number) })],
            }).ConfigureAwait(false);
            string kernel = (await guest.RunAsync("uname -r", s_limit).ConfigureAwait(false)).Succeeded().Trim();
            var rows = new List<GuestRow>();
            foreach (FioTest test in FioTest.All.Where(test => test.Name.Contains(filter, StringComparison.Ordinal)))
            {
                var rates = systems.ToDictionary(system => system.Name, _ => new List<double>());
                for (int round = 0; round < rounds; round++)
                {
                    for (int number = 0; number < systems.Count; number++)
                    {
                        GuestResult result = await guest.RunAsync(test.Script(MountOf(number), seconds), s_limit).ConfigureAwait(false);
                        rates[systems[number].Name].Add(test.Read(result.Output));
                    }
                }
                var row = new GuestRow(test, rates.ToDictionary(rate => rate.Key, rate => new Series(rate.Value)));
                rows.Add(row);
                Console.Error.WriteLine($"bench: guest {test.Name,-24} MiB/s: " + string.Join(", ",
                    row.Rates.Select(rate => string.Create(CultureInfo.InvariantCulture, $"{rate.Key} {rate.Value.Median:0}"))));
            }
            return new GuestResults(guest.Qemu.Command.Contains("accel=kvm", StringComparison.Ordinal) ? "KVM" : "TCG", kernel, seconds, rows);
        }
        catch (GuestException e)
        {
            throw new BenchException(e.Message);
        }
        finally
        {
            if (Directory.Exists(root))
                Directory.Delete(root, recursive: true);
        }
    }

    private static string MountOf(int number) => string.Create(CultureInfo.InvariantCulture, $"/mnt/s{number}");

    // A folder of its own for each: one system's writes must not drop another's caches.
    private static string Prepare(string root, int number)
    {
        string folder = Path.Combine(root, number.ToString(CultureInfo.InvariantCulture));
        Directory.CreateDirectory(folder);
        byte[] block = new byte[1 << 20];
        new Random(number).NextBytes(block);
        for (int job = 0; job < 4; job++)
        {
            using FileStream file = File.Create(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"f{job}")));
            for (int i = 0; i < FioTest.FileMib; i++)
                file.Write(block);
        }
        return folder;
    }
}
