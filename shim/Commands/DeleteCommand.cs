using System;
using System.IO;
using System.Net.Sockets;
using System.Threading.Tasks;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Containerd.Tasks;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.RuntimeConfig;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Hooks;
using KataShimNet.Shim.Sandboxes;
using KataShimNet.Shim.Tasks;
using Microsoft.Extensions.Logging.Abstractions;

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

    private static readonly TimeSpan s_answer = TimeSpan.FromSeconds(1);

    /// <summary>Runs the verb.</summary>
    /// <param name="arguments">The command line.</param>
    public static int Run(ShimArguments arguments)
    {
        var bundle = arguments.Bundle.Length == 0 ? "." : arguments.Bundle;
        var options = LoadOptions().Runtime;
        if (StateDirOf(bundle) is { } folder)
            options = options with { StateDir = folder };
        var annotations = ReadAnnotations(bundle);
        var identity = new SandboxIdentity(arguments.Namespace, annotations.SandboxOf(arguments.Id));
        var socket = ServerSocket.PathOf(identity, options);
        if (identity.Id == arguments.Id || !ServerSocket.Answers(socket))
            CleanUpAsync(identity, options, socket, arguments.Id, bundle).GetAwaiter().GetResult();
        var response = new DeleteResponse { ExitStatus = KilledStatus, ExitedAt = Timestamp.FromDateTime(DateTime.UtcNow) };
        using var output = Console.OpenStandardOutput();
        output.Write(response.ToByteArray());
        return 0;
    }

    private static async Task CleanUpAsync(SandboxIdentity identity, RuntimeOptions options, string socket, string id, string bundle)
    {
        await AskToEndAsync(identity, socket).ConfigureAwait(false);
        await SandboxCleanup.RunAsync(identity, options, s_shimGrace).ConfigureAwait(false);
        if (ContainerHooks.Read(id, Path.GetFullPath(bundle), NullLogger.Instance) is { } hooks)
            await hooks.AfterDeleteAsync().ConfigureAwait(false);
        if (!Directory.Exists(options.StateDir))
            return;
        // A server may be starting under the same id by now; the lock and the question keep its socket.
        using (StartLock.Take(options.StateDir))
        {
            if (!ServerSocket.Answers(socket))
            {
                File.Delete(socket);
                File.Delete(ServerAddress.GrpcPathOf(socket));
            }
        }
    }

    // A server that containerd has given up, but that still lives, undoes more by itself than can be undone from here.
    private static async Task AskToEndAsync(SandboxIdentity identity, string socket)
    {
        if (ServerSocket.TryConnect(socket) is not { } connection)
            return;
        try
        {
            await using var client = new TtrpcClient(new NetworkStream(connection, ownsSocket: true));
            await client.CallAsync(
                TaskDoors.Names[0], "Shutdown", new ShutdownRequest { Id = identity.Id, Now = true }, Empty.Parser, s_answer).ConfigureAwait(false);
        }
        catch (TtrpcException)
        {
            // It ends already, or hangs; the clean-up that follows kills it.
        }
    }

    // The settings of the sandbox may have come with the request, and that is gone. Only state_dir counts here, and the address
    // that start wrote into the bundle tells it, as long as there is a bundle.
    private static string? StateDirOf(string bundle)
    {
        try
        {
            return ServerAddress.FolderOf(File.ReadAllText(Path.Combine(bundle, StartCommand.AddressFile)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

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
            return BundleAnnotations.Read(bundle);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return BundleAnnotations.None;
        }
    }
}
