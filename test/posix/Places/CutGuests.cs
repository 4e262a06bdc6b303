using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.TestGuest.Machines;
using KataShimNet.TestGuest.Shares;
using Xunit;

namespace KataShimNet.PosixTests.Places;

/// <summary>Two guests that map files of one folder of the host's ext4, at /mnt/test, with daemons that know of one another.</summary>
public sealed class CutGuests : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private readonly string _node = Directory.CreateDirectory($"/dev/shm/katanet-cuts-{Guid.NewGuid():N}").FullName;

    public GuestMachine First { get; private set; } = null!;

    public GuestMachine Second { get; private set; } = null!;

    /// <summary>Path on the host of a file that the guests have.</summary>
    public string this[string name] => Path.Combine(_folder.Location, name);

    public async ValueTask InitializeAsync()
    {
        First = await StartAsync();
        Second = await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (First is not null)
            await First.DisposeAsync();
        if (Second is not null)
            await Second.DisposeAsync();
        _folder.Dispose();
        Directory.Delete(_node, recursive: true);
    }

    private async Task<GuestMachine> StartAsync() => await GuestMachine.StartAsync(new GuestOptions
    {
        Tree = Built.Tree,
        Kernel = Built.Kernel,
        Shares =
        [
            new FsdShare(Built.Fsd, _folder.Location, ["--cache=never", "--coherency-dir", _node, "--truncation-guard=on"])
            {
                MountPoint = "/mnt/test",
                DaxWindow = "32M",
            },
        ],
        Files = new Dictionary<string, byte[]> { ["/usr/bin/katanet-dax"] = await File.ReadAllBytesAsync(Built.Program("katanet-dax")) },
    });
}
