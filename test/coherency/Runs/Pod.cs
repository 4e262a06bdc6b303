using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.TestGuest;
using KataShimNet.TestGuest.Machines;
using KataShimNet.TestGuest.Shares;
using Xunit;

namespace KataShimNet.CoherencyTests.Runs;

/// <summary>A virtual machine with a share of the folder, and a worker in it.</summary>
internal sealed class Pod : IAsyncDisposable
{
    private const string Program = "/usr/bin/katanet-worker";
    private const string Export = "volume";

    // The longest run takes hours on a busy machine.
    private static readonly TimeSpan s_limit = TimeSpan.FromHours(12);

    private readonly GuestMachine _machine;
    private readonly string _folder;
    private QmpConnection? _monitor;

    private Pod(GuestMachine machine, string folder) => (_machine, _folder) = (machine, folder);

    /// <summary>Boots a machine.</summary>
    /// <param name="share">How the folder is shared.</param>
    /// <param name="folder">What is shared.</param>
    /// <param name="area">The memory of the clients.</param>
    public static async Task<Pod> StartAsync(GuestShare share, TestFolder folder, SharedArea area)
    {
        var machine = await GuestMachine.StartAsync(new GuestOptions
        {
            Tree = Built.Tree,
            Kernel = Built.Kernel,
            Shares = [share],
            Files = new Dictionary<string, byte[]> { [Program] = await File.ReadAllBytesAsync(Built.Program("katanet-worker")) },
            Arguments =
            [
                "-object", $"memory-backend-file,id=area,share=on,size={SharedArea.Size},mem-path={area.Location}",
                "-device", "ivshmem-plain,memdev=area,master=on",
            ],
        });
        var inside = machine.Shares[0].MountPoint;
        if (machine.Shares[0].Control is { } control)
        {
            using var root = OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, folder.Location, Fcntl.O_PATH | Fcntl.O_CLOEXEC, 0), "open", folder.Location);
            await control.AddExportAsync(Export, new ExportPolicy(CoherencyClass.Shared, ReadOnly: false), root);
            inside += $"/{Export}";
        }

        return new Pod(machine, $"{inside}/{TestFolder.Inner}");
    }

    /// <summary>Runs the worker.</summary>
    /// <exception cref="InvalidOperationException">It did not succeed; the message has what it wrote, and the machine.</exception>
    public async Task WorkAsync(int number)
    {
        var result = await _machine.RunAsync($"{Program} pci {number} {_folder}", s_limit);
        if (result.ExitCode != 0)
            throw new InvalidOperationException($"the worker ended with {result.ExitCode}: {result.Output}\n{_machine.Report()}");
    }

    /// <summary>What its daemon counted.</summary>
    public async Task<LeaseUse> MeasureAsync() =>
        _machine.Shares[0].Control is { } control ? LeaseUse.Of(await control.GetMetricsAsync()) : default;

    /// <summary>Its console, and what QEMU and its daemon wrote.</summary>
    public string Report() => _machine.Report();

    /// <summary>Sends QEMU a signal.</summary>
    public void Signal(int signal) => Assert.True(_machine.Qemu.Kill(signal), "QEMU has ended");

    /// <summary>Runs a command in the folder where clients work.</summary>
    /// <returns>What it printed.</returns>
    public async Task<string> RunAsync(string command) => (await _machine.RunAsync($"cd {_folder}; {command}", s_limit)).Succeeded().Trim();

    /// <summary>Stops the machine and its clock.</summary>
    /// <param name="suspend">Whether what its guest was promised runs out before, as it has to.</param>
    public async Task StopAsync(bool suspend = true)
    {
        _monitor ??= await _machine.OpenMonitorAsync();
        if (suspend)
            await _machine.Shares[0].Control!.SuspendLeasesAsync();
        await _monitor.RunAsync("stop");
    }

    /// <summary>Lets a stopped machine go on.</summary>
    public async Task ContinueAsync()
    {
        await _monitor!.RunAsync("cont");
        await _machine.Shares[0].Control!.ResumeLeasesAsync();
    }

    public ValueTask DisposeAsync()
    {
        _monitor?.Dispose();
        return _machine.DisposeAsync();
    }
}
