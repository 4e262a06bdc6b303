using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.TestGuest.Boot;
using KataShimNet.TestGuest.Shares;
using KataShimNet.VhostFrontEnd.Daemons;

namespace KataShimNet.TestGuest.Machines;

/// <summary>
/// A virtual machine for tests: QEMU and a Debian root out of the node's tree, with shares mounted, in which commands are run.
/// It ends, and all it was made of with it, when it is disposed of or when this process ends.
/// </summary>
public sealed class GuestMachine : IAsyncDisposable
{
    private const int PortFd = 3;
    private const int ConsoleFd = 4;
    private const int MonitorFd = 5;
    private const int FirstShareFd = 6;

    // 4 s emulated, but a hundred seconds were seen on a machine with much else to do.
    private static readonly TimeSpan s_bootLimit = TimeSpan.FromMinutes(5);

    private readonly List<RunningShare> _shares;
    private readonly Daemon _qemu;
    private readonly OwnedFd _console;
    private readonly CommandPort _port;
    private readonly string _initrd;

    private readonly Socket _monitor;

    private GuestMachine(List<RunningShare> shares, Daemon qemu, OwnedFd console, CommandPort port, Socket monitor, string initrd)
    {
        (_shares, _qemu, _console, _port, _monitor, _initrd) = (shares, qemu, console, port, monitor, initrd);
    }

    /// <summary>The shares under test, in the order of the options, with their daemons.</summary>
    public IReadOnlyList<RunningShare> Shares { get; private init; } = [];

    /// <summary>QEMU.</summary>
    public Daemon Qemu => _qemu;

    /// <summary>What the guest's kernel has printed, and its first process.</summary>
    public string Console => Text(_console);

    /// <summary>Boots a machine and mounts its shares.</summary>
    /// <param name="options">What it is made of.</param>
    /// <exception cref="GuestException">It did not come up; the message has the console and what the daemons wrote.</exception>
    public static async Task<GuestMachine> StartAsync(GuestOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var machine = Launch(options);
        try
        {
            await machine.MountAsync().ConfigureAwait(false);
            return machine;
        }
        catch (Exception)
        {
            await machine.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Mounts the shares, when the guest has booted; to be done again after a reset.</summary>
    /// <exception cref="GuestException">The guest did not come up, or cannot mount.</exception>
    public async Task MountAsync()
    {
        foreach (string mount in _shares.Select(share => share.Mount).Where(mount => mount.Length > 0))
            (await RunAsync(mount, s_bootLimit).ConfigureAwait(false)).Succeeded();
    }

    /// <summary>Opens QEMU's monitor; once for a machine.</summary>
    public Task<QmpConnection> OpenMonitorAsync() => QmpConnection.OpenAsync(_monitor);

    /// <summary>Runs a script in the guest, as root.</summary>
    /// <param name="script">For sh(1).</param>
    /// <param name="limit">How long it may take.</param>
    /// <param name="line">Receives each line of standard output and error as it comes; null collects them in the result.</param>
    /// <exception cref="GuestException">The machine ended, or the time is over; nothing can be run any more then.</exception>
    public async Task<GuestResult> RunAsync(string script, TimeSpan limit, Action<string>? line = null)
    {
        using var cancel = new CancellationTokenSource(limit);
        try
        {
            return await _port.RunAsync(script, line, cancel.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw new GuestException($"not done after {limit.TotalSeconds:F0} s in the guest: {script}\n{Report()}");
        }
        catch (Exception e) when (e is EndOfStreamException or IOException)
        {
            throw new GuestException($"the guest ended during: {script}\n{Report()}");
        }
    }

    /// <summary>Console, and what QEMU and the daemons wrote, for a message.</summary>
    public string Report() => string.Join('\n', _shares.Where(share => share.Daemon is not null)
        .Select(share => $"--- {share.Tag}: {share.Daemon!.Command}{(share.Daemon.IsRunning ? "" : " (ended)")}\n{share.Daemon.Log}")
        .Append($"--- QEMU\n{_qemu.Log}").Append($"--- console\n{Console}"));

    /// <summary>Powers the guest off, and ends what does not end by itself.</summary>
    public ValueTask DisposeAsync()
    {
        _port.Dispose();
        _monitor.Dispose();
        // A guest that hangs is not waited for longer than Daemon.Dispose does.
        _ = _qemu.WaitForExit(TimeSpan.FromSeconds(10));
        _qemu.Dispose();
        foreach (var share in _shares)
            share.Dispose();
        _console.Dispose();
        File.Delete(_initrd);
        return ValueTask.CompletedTask;
    }

    private static unsafe string Text(OwnedFd file)
    {
        var text = new byte[256 * 1024];
        fixed (byte* bytes = text)
            return Encoding.UTF8.GetString(text, 0, (int)Math.Max(0, Unistd.pread(file.Fd, bytes, (nuint)text.Length, 0)));
    }

    private static Socket ToSocket(OwnedFd fd) => new(new SafeSocketHandle(fd.Release(), ownsHandle: true));

    private static GuestMachine Launch(GuestOptions options)
    {
        var shares = new List<RunningShare>();
        string initrd = Path.GetTempFileName();
        try
        {
            List<GuestShare> layers = [.. options.Layers.Prepend(options.Tree)
                .Select(folder => new VirtiofsdShare(folder, "--readonly", "--cache=always") { Mounted = false })];
            foreach (var share in layers)
                shares.Add(share.Start($"layer{shares.Count}", options.Tree, FirstShareFd + shares.Count));
            foreach (var share in options.Shares)
                shares.Add(share.Start($"share{shares.Count - layers.Count}", options.Tree, FirstShareFd + shares.Count));
            List<RunningShare> tested = shares[layers.Count..];
            byte[] busybox = File.ReadAllBytes(Path.Combine(options.Tree, "usr/bin/busybox"));
            File.WriteAllBytes(
                initrd, Initramfs.Build(busybox, options.Kernel, [.. shares.Take(layers.Count).Select(share => share.Tag)], tested, options.Files));
            var console = OwnedFd.FromCall(SysMman.memfd_create("console", SysMman.MFD_CLOEXEC), "memfd_create");
            var (ours, theirs) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
            var (monitor, theirMonitor) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
            using (theirs)
            using (theirMonitor)
            {
                var qemu = new Daemon(
                    $"{options.Tree}/lib64/ld-linux-x86-64.so.2",
                    QemuWords.Build(options, initrd, PortFd, ConsoleFd, MonitorFd, shares.SelectMany(share => share.Arguments)),
                    new Dictionary<int, OwnedFd>(shares.SelectMany(share => share.QemuFds)) { [PortFd] = theirs, [ConsoleFd] = console, [MonitorFd] = theirMonitor });
                foreach (OwnedFd descriptor in shares.SelectMany(share => share.QemuFds.Values))
                    descriptor.Dispose();
                return new GuestMachine(shares, qemu, console, new CommandPort(ToSocket(ours)), ToSocket(monitor), initrd)
                {
                    Shares = tested,
                };
            }
        }
        catch (Exception)
        {
            shares.ForEach(share => share.Dispose());
            File.Delete(initrd);
            throw;
        }
    }
}
