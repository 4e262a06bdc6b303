using System;
using System.Globalization;
using KataShimNet.AgentProto.Kata;

namespace KataShimNet.Agent.Channel;

/// <summary>Where to serve, from the kernel command line.</summary>
/// <param name="SerialPort">Name of a virtio-serial port, or null.</param>
/// <param name="VsockPort">Port of AF_VSOCK when there is no serial port.</param>
internal readonly record struct ServerAddress(string? SerialPort, uint VsockPort)
{
    /// <summary>Parses <c>serial://NAME</c> or <c>vsock://-1:PORT</c>; nothing means our own serial port.</summary>
    /// <param name="text">Value of <see cref="GuestContract.ServerAddressKey"/>, or null.</param>
    /// <exception cref="FormatException">Neither form.</exception>
    public static ServerAddress Parse(string? text)
    {
        const string serial = "serial://", vsock = "vsock://";
        if (string.IsNullOrEmpty(text))
            return new ServerAddress(GuestContract.SerialPortName, 0);
        if (text.StartsWith(serial, StringComparison.Ordinal) && text.Length > serial.Length)
            return new ServerAddress(text[serial.Length..], 0);
        if (text.StartsWith(vsock, StringComparison.Ordinal)
            && uint.TryParse(text[(text.LastIndexOf(':') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            return new ServerAddress(null, port);
        throw new FormatException($"{GuestContract.ServerAddressKey}={text}: expected serial://NAME or vsock://-1:PORT");
    }
}
