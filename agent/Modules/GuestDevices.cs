using System;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Linux;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Agent.Modules;

/// <summary>The machine's devices: those it was booted with, and those that come while it runs. Their drivers are loaded as they appear.</summary>
/// <param name="modules">Loads the drivers.</param>
internal sealed partial class GuestDevices(ModuleLoader modules)
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the drivers of the devices that were there at boot are loaded.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Where failures to load a driver go; nobody hears of them before it is set.</summary>
    public ILogger? Log { get; set; }

    /// <summary>Starts to look after devices, on a thread of its own.</summary>
    /// <param name="first">What else this thread does before it looks at devices.</param>
    public void Start(Action first) => new Thread(() => Run(first), 256 * 1024) { IsBackground = true, Name = "devices" }.Start();

    /// <summary>
    /// Waits for something in /sys or /dev that a device brings: <paramref name="look"/> is called now, and again whenever the kernel has said
    /// something about a device.
    /// </summary>
    /// <typeparam name="T">What is looked for.</typeparam>
    /// <param name="look">Gives null as long as it is not there.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<T> WaitForAsync<T>(Func<T?> look, CancellationToken cancel)
        where T : class
    {
        while (true)
        {
            var next = Volatile.Read(ref _next).Task;
            if (look() is { } found)
                return found;
            await next.WaitAsync(cancel).ConfigureAwait(false);
        }
    }

    private void Run(Action first)
    {
        try
        {
            first();
            // Opened before the look around, so that no device falls between the two.
            using var socket = new UeventSocket();
            Coldplug.Run(modules);
            _ready.SetResult();
            LoadPanicDriver();
            while (true)
                Take(socket);
        }
        catch (Exception e) when (!_ready.Task.IsCompleted)
        {
            _ready.SetException(e);
        }
    }

    // Nobody waits for this one: by it the kernel tells the host that it panics. Without it the host finds out by QEMU's end.
    private void LoadPanicDriver()
    {
        try
        {
            modules.Load("pvpanic_mmio");
        }
        catch (LinuxException e)
        {
            if (Log is { } log)
                LogDriverFailed(log, "pvpanic", e.Message);
        }
    }

    private void Take(UeventSocket socket)
    {
        if (!socket.Receive(out var uevent))
            return;
        try
        {
            if (uevent is null)
                Coldplug.Run(modules);
            else if (uevent is { Action: "add" } && VirtioDrivers.ModuleForAlias(uevent.Alias) is { } module)
                modules.Load(module);
        }
        catch (Exception e) when (e is LinuxException or System.IO.IOException)
        {
            if (Log is { } log)
                LogDriverFailed(log, uevent?.DevicePath ?? "", e.Message);
        }

        Interlocked.Exchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "the driver of a device cannot be loaded")]
    private static partial void LogDriverFailed(ILogger log, string device, string reason);
}
