using System;
using System.Text;
using Google.Protobuf;
using KataShimNet.AgentProto.Containerd.Types;

namespace KataShimNet.Shim.Commands;

/// <summary>The flags <c>-info</c> and <c>-v</c>: what this runtime is.</summary>
internal static class InfoCommand
{
    /// <summary>Name under which containerd finds this program in its PATH.</summary>
    public const string RuntimeName = "io.containerd.katanet.v2";

    /// <summary>Version of the product.</summary>
    public static string Version => typeof(InfoCommand).Assembly.GetName().Version?.ToString(3) ?? "0";

    /// <summary>Prints a RuntimeInfo in protobuf's wire form (containerd 2.x, <c>ctr plugins inspect-runtime</c>).</summary>
    public static int Run()
    {
        var info = new RuntimeInfo { Name = RuntimeName, Version = new RuntimeVersion { Version = Version }, Features = RuntimeFeatures.Packed };
        using var output = Console.OpenStandardOutput();
        output.Write(info.ToByteArray());
        return 0;
    }

    /// <summary>Prints the version for people.</summary>
    public static int PrintVersion()
    {
        using var output = Console.OpenStandardOutput();
        output.Write(Encoding.UTF8.GetBytes($"containerd-shim-katanet-v2:\n  Version:  {Version}\n  Runtime:  {RuntimeName}\n"));
        return 0;
    }
}
