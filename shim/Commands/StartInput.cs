using System;
using System.IO;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Containerd.Options;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Shim.Commands;

/// <summary>
/// What containerd writes to the standard input of <c>start</c>: nothing, an Any with the runtime's options (up to 2.2), or
/// BootstrapParams, which carries that Any among its extensions (from 2.3).
/// </summary>
internal static class StartInput
{
    /// <summary>Most bytes that are read.</summary>
    public const int MaxLength = 1 << 20;

    // Field numbers of containerd.runtime.bootstrap.v1.BootstrapParams.
    private const int InstanceIdField = 1;
    private const int FirstFieldOfBootstrapOnly = 3;
    private const int ExtensionsField = 8;

    // How long containerd may take to write what it has at hand; somebody at a terminal or with an open pipe writes nothing.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    /// <summary>Reads standard input to its end, unless it is a terminal or nothing comes.</summary>
    /// <exception cref="InvalidDataException">More than <see cref="MaxLength"/>.</exception>
    public static unsafe byte[] ReadAll()
    {
        if (!Console.IsInputRedirected)
            return [];
        using var all = new MemoryStream();
        var buffer = stackalloc byte[16384];
        while (true)
        {
            var poll = new PollFd { Fd = 0, Events = Poll.POLLIN };
            if (Poll.poll(&poll, 1, (int)s_patience.TotalMilliseconds) <= 0)
                return all.ToArray();
            var count = Unistd.read(0, buffer, 16384);
            if (count < 0 && LinuxException.LastErrno == Errno.EINTR)
                continue;
            if (count <= 0)
                return all.ToArray();
            all.Write(new ReadOnlySpan<byte>(buffer, (int)count));
            if (all.Length > MaxLength)
                throw new InvalidDataException($"the runtime options on standard input are longer than {MaxLength} bytes");
        }
    }

    /// <summary>Finds the settings file that the options name.</summary>
    /// <param name="input">What was read.</param>
    /// <param name="containerId">The <c>-id</c> value, which tells BootstrapParams from Any.</param>
    /// <returns>The path, or null when none is named.</returns>
    /// <exception cref="InvalidDataException">The bytes are neither.</exception>
    public static string? ConfigPath(byte[] input, string containerId)
    {
        if (input.Length == 0)
            return null;
        try
        {
            return IsBootstrap(input, containerId) ? FromBootstrap(input) : FromAny(Any.Parser.ParseFrom(input));
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new InvalidDataException($"the runtime options on standard input cannot be read: {e.Message}", e);
        }
    }

    private static bool IsBootstrap(byte[] input, string containerId)
    {
        var reader = new CodedInputStream(input);
        for (uint tag; (tag = reader.ReadTag()) != 0;)
        {
            var field = WireFormat.GetTagFieldNumber(tag);
            if (field >= FirstFieldOfBootstrapOnly)
                return true;
            if (field == InstanceIdField && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
            {
                // The first field of Any is its type_url.
                if (reader.ReadString() == containerId)
                    return true;
            }
            else
            {
                reader.SkipLastField();
            }
        }

        return false;
    }

    private static string? FromBootstrap(byte[] input)
    {
        var reader = new CodedInputStream(input);
        for (uint tag; (tag = reader.ReadTag()) != 0;)
        {
            if (WireFormat.GetTagFieldNumber(tag) != ExtensionsField || WireFormat.GetTagWireType(tag) != WireFormat.WireType.LengthDelimited)
            {
                reader.SkipLastField();
                continue;
            }

            if (FromExtension(reader.ReadBytes()) is { } path)
                return path;
        }

        return null;
    }

    // An extension is a message whose only field, number 1, is an Any.
    private static string? FromExtension(ByteString extension)
    {
        var reader = extension.CreateCodedInput();
        for (uint tag; (tag = reader.ReadTag()) != 0;)
        {
            if (WireFormat.GetTagFieldNumber(tag) != 1 || WireFormat.GetTagWireType(tag) != WireFormat.WireType.LengthDelimited)
                reader.SkipLastField();
            else if (FromAny(Any.Parser.ParseFrom(reader.ReadBytes())) is { } path)
                return path;
        }

        return null;
    }

    // Options of other runtimes are no error: clients send runc's by habit.
    private static string? FromAny(Any any)
    {
        var name = any.TypeUrl.AsSpan(any.TypeUrl.LastIndexOf('/') + 1);
        if (!name.SequenceEqual("runtimeoptions.v1.Options"))
            return null;
        var path = Options.Parser.ParseFrom(any.Value).ConfigPath;
        return path.Length == 0 ? null : path;
    }
}
