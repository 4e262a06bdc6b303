using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.TestGuest;
using KataShimNet.TestGuest.Machines;
using KataShimNet.TestGuest.Shares;
using Xunit;

namespace KataShimNet.PosixTests.Places;

/// <summary>Two guests that map files of one folder of the host's ext4 (DAX), at /mnt/test, with a daemon each.</summary>
public abstract class GuestPair : IAsyncLifetime
{
    private readonly TestFolder _folder = new();

    public GuestMachine First { get; private set; } = null!;

    public GuestMachine Second { get; private set; } = null!;

    /// <summary>The folder.</summary>
    protected string Location => _folder.Location;

    /// <summary>Path on the host of a file that the guests have.</summary>
    public string this[string name] => Path.Combine(Location, name);

    public virtual async ValueTask InitializeAsync()
    {
        First = await StartAsync(SharesOfFirst());
        Second = await StartAsync(Shares());
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (First is not null)
            await First.DisposeAsync();
        if (Second is not null)
            await Second.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>What a guest has.</summary>
    protected abstract IEnumerable<GuestShare> Shares();

    /// <summary>What the first one has.</summary>
    protected virtual IEnumerable<GuestShare> SharesOfFirst() => Shares();

    /// <summary>A folder of the host.</summary>
    protected static FsdShare Share(string folder, string mountPoint, params string[] options) =>
        // A window small enough to be recycled by a file of some MiB.
        new(Built.Fsd, folder, ["--cache=never", .. options]) { MountPoint = mountPoint, DaxWindow = "32M" };

    private static async Task<GuestMachine> StartAsync(IEnumerable<GuestShare> shares) => await GuestMachine.StartAsync(new GuestOptions
    {
        Tree = Built.Tree,
        Kernel = Built.Kernel,
        Shares = [.. shares],
        Files = new Dictionary<string, byte[]> { ["/usr/bin/katanet-dax"] = await File.ReadAllBytesAsync(Built.Program("katanet-dax")) },
    });
}
