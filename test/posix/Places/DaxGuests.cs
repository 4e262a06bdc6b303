using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.TestGuest.Machines;
using KataShimNet.TestGuest.Shares;
using Xunit;

namespace KataShimNet.PosixTests.Places;

/// <summary>
/// Two guests that map files of one folder of the host's ext4 (DAX), a daemon each: at /mnt/test, and read-only at /mnt/fixed. The first one
/// also has a full tmpfs at /mnt/full.
/// </summary>
public sealed class DaxGuests : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private readonly TestFolder _full = new();

    public GuestMachine First { get; private set; } = null!;

    public GuestMachine Second { get; private set; } = null!;

    /// <summary>Path on the host of a file that the guests have.</summary>
    public string this[string name] => Path.Combine(_folder.Location, name);

    /// <summary>The folder of the full tmpfs.</summary>
    public string Full => _full.Location;

    public async ValueTask InitializeAsync()
    {
        // Small enough for the window to be recycled by a file of some MiB.
        Built.Run("mount", "-t", "tmpfs", "-o", "size=4m", "full", _full.Location);
        First = await StartAsync(Share(_full.Location, "/mnt/full"));
        Second = await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (First is not null)
            await First.DisposeAsync();
        if (Second is not null)
            await Second.DisposeAsync();
        Built.Run("umount", _full.Location);
        _full.Dispose();
        _folder.Dispose();
    }

    private static FsdShare Share(string folder, string mountPoint, params string[] options) =>
        new(Built.Fsd, folder, ["--cache=never", .. options]) { MountPoint = mountPoint, DaxWindow = "32M" };

    private async Task<GuestMachine> StartAsync(params IEnumerable<GuestShare> more) => await GuestMachine.StartAsync(new GuestOptions
    {
        Tree = Built.Tree,
        Kernel = Built.Kernel,
        Shares = [Share(_folder.Location, "/mnt/test"), Share(_folder.Location, "/mnt/fixed", "--readonly"), .. more],
        Files = new Dictionary<string, byte[]> { ["/usr/bin/katanet-dax"] = await File.ReadAllBytesAsync(Built.Program("katanet-dax")) },
    });
}
