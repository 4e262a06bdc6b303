using System;
using System.IO;
using System.Threading;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Agent.Channel;

/// <summary>Serves the agent's calls on the channel to the host, one connection after the other.</summary>
internal sealed partial class AgentChannel(TtrpcServer server, FdPoller poller, ILogger log)
{
    // The port's name comes in a message of its own after the port, so its file appears late and no event tells of it.
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>Serves for ever, on the calling thread.</summary>
    /// <param name="address">Where.</param>
    /// <exception cref="IOException">There is no such port.</exception>
    public void Serve(ServerAddress address)
    {
        if (address.SerialPort is { } name)
            ServePort(Find(name));
        else
            ServeVsock(address.VsockPort);
    }

    private void ServePort(string device)
    {
        while (true)
        {
            var port = SerialPort.Open(device);
            SerialPort.WaitForHost(port);
            LogConnected(log, device);
            server.ServeAsync(new FdStream(port, poller), CancellationToken.None).GetAwaiter().GetResult();
        }
    }

    private void ServeVsock(uint port)
    {
        using var listener = VsockListener.Open(port);
        while (true)
        {
            var connection = VsockListener.Accept(listener);
            LogConnected(log, "vsock");
            _ = server.ServeAsync(new FdStream(connection, poller), CancellationToken.None);
        }
    }

    private static string Find(string name)
    {
        var end = DateTime.UtcNow + s_patience;
        while (DateTime.UtcNow < end)
        {
            if (SerialPort.FindDevice(name) is { } device && File.Exists(device))
                return device;
            Thread.Sleep(s_look);
        }

        throw new IOException($"there is no virtio-serial port named {name}");
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "host connected on {device}")]
    private static partial void LogConnected(ILogger log, string device);
}
