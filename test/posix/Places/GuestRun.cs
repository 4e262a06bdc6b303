using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.TestGuest;
using KataShimNet.TestGuest.Machines;
using KataShimNet.TestGuest.Shares;
using Xunit;

namespace KataShimNet.PosixTests.Places;

/// <summary>All cases in a guest, on a folder of the host's ext4 that katanet-fsd serves.</summary>
public abstract class GuestRun : IAsyncLifetime
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(8);
    private readonly string[] _options;

    // What makes the mount a local file system; virtiofsd's defaults leave it out. The two capabilities are for attributes "trusted.*"
    // and for the flags append-only and immutable.
    protected GuestRun(params string[] options) => _options = ["--xattr", "--posix-acl=always", "--killpriv-v2", "--modcaps=+sys_admin:+linux_immutable", .. options];

    public Outcomes Outcomes { get; } = new();

    public async ValueTask InitializeAsync()
    {
        using var folder = new TestFolder();
        var program = Built.Program("katanet-posix");
        // Makes the folder of 100,000 entries, which takes an emulated guest a minute.
        Built.Run(program, folder.Location, "listing/one_hundred_thousand");
        await using var guest = await GuestMachine.StartAsync(new GuestOptions
        {
            Tree = Built.Tree,
            Kernel = Built.Kernel,
            Shares = [new FsdShare(Built.Fsd, folder.Location, _options)],
            Files = new Dictionary<string, byte[]> { ["/usr/bin/katanet-posix"] = await File.ReadAllBytesAsync(program) },
        });
        var result = await guest.RunAsync("katanet-posix /mnt/test", s_limit, Outcomes.Add);
        Outcomes.Add($"exit code {result.ExitCode}");
        Outcomes.Add(guest.Report());
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

/// <summary>With the default cache mode, <c>auto</c>.</summary>
public sealed class GuestRunAuto() : GuestRun("--cache=auto");

/// <summary>With nothing cached: every call reaches the daemon.</summary>
public sealed class GuestRunNever() : GuestRun("--cache=never", "--allow-direct-io", "--allow-mmap");
