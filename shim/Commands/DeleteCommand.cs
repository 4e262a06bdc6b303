using System;
using System.IO;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Containerd.Tasks;
using KataShimNet.RuntimeConfig;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Sandboxes;

namespace KataShimNet.Shim.Commands;

/// <summary>
/// The verb <c>delete</c>: containerd has lost the connection to a container's server, which also happens after every ordinary end.
/// Removes what is left of the sandbox, if it was that container's; a container of a sandbox that lives on leaves nothing on the host.
/// </summary>
internal static class DeleteCommand
{
    // 128 + SIGKILL, as containerd itself reports for a container whose shim died.
    private const uint KilledStatus = 137;

    // containerd's own limit for this verb is 5 s, with everything around it.
    private static readonly TimeSpan s_shimGrace = TimeSpan.FromSeconds(3);

    /// <summary>Runs the verb.</summary>
    /// <param name="arguments">The command line.</param>
    public static int Run(ShimArguments arguments)
    {
        var options = LoadOptions();
        var annotations = ReadAnnotations(arguments.Bundle);
        var identity = new SandboxIdentity(arguments.Namespace, annotations.SandboxOf(arguments.Id));
        var socket = Path.Combine(identity.StateFolder(options.Runtime), ServerSocket.FileName);
        if (identity.Id == arguments.Id || !ServerSocket.Answers(socket))
            SandboxCleanup.RunAsync(identity, options.Runtime, s_shimGrace).GetAwaiter().GetResult();
        var response = new DeleteResponse { ExitStatus = KilledStatus, ExitedAt = Timestamp.FromDateTime(DateTime.UtcNow) };
        using var output = Console.OpenStandardOutput();
        output.Write(response.ToByteArray());
        return 0;
    }

    // The settings of the sandbox may have come with the request, and that is gone; only state_dir counts here.
    private static KatanetOptions LoadOptions()
    {
        try
        {
            return Settings.Load(Settings.FindPath(null));
        }
        catch (Exception e) when (e is IOException or ConfigException or UnauthorizedAccessException)
        {
            return new KatanetOptions();
        }
    }

    // The bundle may be half removed: without annotations the container stands for itself.
    private static BundleAnnotations ReadAnnotations(string bundle)
    {
        try
        {
            return BundleAnnotations.Read(bundle.Length == 0 ? "." : bundle);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return BundleAnnotations.None;
        }
    }
}
