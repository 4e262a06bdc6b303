using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.PosixTests.Places;
using KataShimNet.TestGuest;
using KataShimNet.TestGuest.Machines;
using KataShimNet.TestGuest.Shares;
using Xunit;

namespace KataShimNet.PosixTests;

/// <summary>
/// Random operations in a guest against a model, for KATANET_STRESS_SECONDS (25) in each cache mode. KATANET_STRESS_SEED repeats a run.
/// A mode is a class of its own, so that <c>make stress</c> can run all of them at once.
/// </summary>
public abstract class StressTests(ITestOutputHelper output)
{
    private static readonly int s_seconds = Setting("KATANET_STRESS_SECONDS", 25);

    protected async Task Run(params string[] options)
    {
        using var folder = new TestFolder();
        await using var guest = await GuestMachine.StartAsync(new GuestOptions
        {
            Tree = Built.Tree,
            Kernel = Built.Kernel,
            Shares = [new FsdShare(Built.Fsd, folder.Location, options)],
            Files = new Dictionary<string, byte[]> { ["/usr/bin/katanet-stress"] = await File.ReadAllBytesAsync(Built.Program("katanet-stress")) },
        });
        var seed = Environment.GetEnvironmentVariable("KATANET_STRESS_SEED") ?? Random.Shared.NextInt64().ToString(CultureInfo.InvariantCulture);
        var result = await guest.RunAsync($"katanet-stress /mnt/test/file {s_seconds} {seed}", TimeSpan.FromSeconds(s_seconds + 120));
        output.WriteLine($"{string.Join(' ', options)}: {result.Output}");
        // The summary is for who ran it for an hour.
        if (Environment.GetEnvironmentVariable("KATANET_STRESS_SECONDS") is not null)
            Console.WriteLine($"stress {string.Join(' ', options)}: {result.Output.Trim()}");
        Assert.True(result.ExitCode == 0, $"seed {seed}, {string.Join(' ', options)}:\n{result.Output}\n{guest.Report()}");
    }

    private static int Setting(string name, int usual) =>
        Environment.GetEnvironmentVariable(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : usual;
}

/// <summary>Names and attributes for a second, pages until the file changes.</summary>
public sealed class StressAutoTests(ITestOutputHelper output) : StressTests(output)
{
    [Fact]
    public Task Cache_auto() => Run("--cache=auto");
}

/// <summary>All is cached for a day.</summary>
public sealed class StressAlwaysTests(ITestOutputHelper output) : StressTests(output)
{
    [Fact]
    public Task Cache_always() => Run("--cache=always");
}

/// <summary>No page is cached: reads and writes are direct, mappings go through pages of their own.</summary>
public sealed class StressNeverTests(ITestOutputHelper output) : StressTests(output)
{
    [Fact]
    public Task Cache_never() => Run("--cache=never", "--allow-direct-io", "--allow-mmap");
}

/// <summary>Written pages stay in the guest for a while.</summary>
public sealed class StressWritebackTests(ITestOutputHelper output) : StressTests(output)
{
    [Fact]
    public Task Writeback() => Run("--cache=auto", "--writeback");
}
