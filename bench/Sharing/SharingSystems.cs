using System.Collections.Generic;
using KataShimNet.Bench.Guests;
using KataShimNet.TestGuest.Shares;

namespace KataShimNet.Bench.Sharing;

/// <summary>The ways in which our daemon serves a volume, and their peers.</summary>
/// <param name="fsd">Path of katanet-fsd.</param>
/// <param name="coherency">Folder of the node's table.</param>
internal sealed class SharingSystems(string fsd, string coherency)
{
    public const string Dax = "fsd DAX";
    public const string Shared = "fsd shared";
    public const string Private = "fsd private";
    public const string NinePMapped = "9p mmap";
    public const string VirtiofsdNone = "virtiofsd none";
    public const string VirtiofsdAuto = "virtiofsd auto";

    /// <summary>MiB of the window, as the setting <c>sharing.dax_window_mib</c> has it by default.</summary>
    public const int WindowMib = 128;

    /// <summary>A volume that is mapped from the host's memory, on the second device.</summary>
    public GuestSystem Mapped { get; } = new(Dax, true, folder =>
        new FsdShare(fsd, folder, [.. Volume(coherency, 0)]) { DaxWindow = $"{WindowMib}M" });

    /// <summary>The same volume without DAX: no pages are kept but those that programs map.</summary>
    public GuestSystem Unmapped { get; } = new(Shared, true, folder => new FsdShare(fsd, folder, [.. Volume(coherency, 0)]));

    /// <summary>What one guest alone uses: everything is kept.</summary>
    public GuestSystem Alone { get; } = new(Private, true, folder => new FsdShare(fsd, folder, "--cache=always"));

    public static GuestSystem NineP { get; } = new(GuestSystem.NineP, false, folder => new NinePShare(folder) { MountOptions = "cache=none" });

    /// <summary>9p with the least cache in which files can be mapped and stored into.</summary>
    public static GuestSystem NinePWithMaps { get; } = new(NinePMapped, false, folder => new NinePShare(folder) { MountOptions = "cache=mmap" });

    /// <summary>virtiofsd.</summary>
    /// <param name="name">For the report.</param>
    /// <param name="cache">never, auto or always.</param>
    public static GuestSystem Virtiofsd(string name, string cache) => new(name, false, folder => new VirtiofsdShare(folder, $"--cache={cache}"));

    /// <summary>A volume of a daemon that knows the others of the node.</summary>
    /// <param name="name">For the report.</param>
    /// <param name="milliseconds">For how long the guest may believe what it was told.</param>
    public GuestSystem Leased(string name, int milliseconds) => new(name, true, folder => new FsdShare(fsd, folder, [.. Volume(coherency, milliseconds)]));

    /// <summary>A daemon that keeps nothing, on QEMU's device for virtio-fs: MSI-X.</summary>
    /// <param name="name">For the report.</param>
    public GuestSystem OwnDevice(string name) => new(name, true, folder => new FsdShare(fsd, folder, "--cache=never", "--allow-direct-io"));

    /// <summary>The same daemon on the generic vhost-user device: INTx. Nothing is mapped.</summary>
    /// <param name="name">For the report.</param>
    public GuestSystem GenericDevice(string name) => new(name, true, folder =>
        new FsdShare(fsd, folder, "--cache=never", "--allow-direct-io", "--dax=never") { DaxWindow = "2M" });

    // What another daemon used is not believed for longer than any row takes. Maps are allowed, as the shim's default has it.
    private static IEnumerable<string> Volume(string coherency, int validity) =>
        ["--cache=never", "--allow-mmap", "--coherency-dir", coherency, "--leases", $"{validity},1000,600000"];
}
