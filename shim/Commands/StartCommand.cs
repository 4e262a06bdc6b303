using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using KataShimNet.Linux;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Sandboxes;

namespace KataShimNet.Shim.Commands;

/// <summary>
/// The verb <c>start</c>, run in the bundle: prints the address of the server of the container's sandbox, starting the server when
/// there is none yet. What fails leaves nothing behind.
/// </summary>
internal static class StartCommand
{
    /// <summary>Descriptor on which <c>serve</c> finds its listening socket.</summary>
    public const int ListeningFd = 3;

    /// <summary>File in the bundle from which containerd 1.6 and 1.7 learn the address after a restart.</summary>
    public const string AddressFile = "address";

    // Gen0 budget in bytes, hexadecimal: the collector's default lets the heap of an idle server grow to 20 MB.
    private const string GcBudget = "DOTNET_GCGen0MaxBudget=80000";

    /// <summary>Runs the verb.</summary>
    /// <param name="arguments">The command line.</param>
    public static int Run(ShimArguments arguments)
    {
        var config = Settings.FindPath(StartInput.ConfigPath(StartInput.ReadAll(), arguments.Id));
        var options = Settings.Load(config);
        var annotations = BundleAnnotations.Read(".");
        var identity = new SandboxIdentity(arguments.Namespace, annotations.SandboxOf(arguments.Id));
        var socket = ServerSocket.PathOf(identity, options.Runtime);
        if (annotations.JoinsSandbox && !ServerSocket.Answers(socket))
            throw new InvalidOperationException($"sandbox {identity.Id} of container {arguments.Id} is not running: nothing answers at {socket}");

        string address;
        using (StartLock.Take(options.Runtime.StateDir))
        {
            var runs = ServerSocket.Answers(socket);
            // A server that runs speaks what it was started with, whatever the settings of this container say.
            var protocol = !runs ? options.Containerd.Protocol
                : File.Exists(ServerAddress.GrpcPathOf(socket)) ? ShimProtocol.Grpc : ShimProtocol.Ttrpc;
            address = ServerAddress.Text(protocol, socket);
            File.WriteAllText(AddressFile, address);
            if (!runs)
                StartServer(arguments, identity, config, socket, protocol);
        }

        using var output = Console.OpenStandardOutput();
        // Without a specification it is a sandbox of the Sandbox API, which only containerd 2.x has. Version 3 makes its containers come
        // straight to this address; where the specification is there, plain text is what every containerd understands.
        output.Write(Encoding.UTF8.GetBytes(File.Exists("config.json") ? address : $$"""{"version":3,"address":"{{address}}","protocol":"ttrpc"}"""));
        return 0;
    }

    private static void StartServer(ShimArguments arguments, SandboxIdentity identity, string? config, string socket, ShimProtocol protocol)
    {
        try
        {
            using var listening = ServerSocket.Listen(socket);
            using var grpc = protocol == ShimProtocol.Grpc ? ListenForGrpc(socket) : null;
            var fds = new Dictionary<int, OwnedFd> { [ListeningFd] = listening };
            if (grpc is not null)
                fds[GrpcDoor.ListeningFd] = grpc;
            var child = ChildProcess.Start(new ChildStart
            {
                Path = Environment.ProcessPath ?? throw new InvalidOperationException("the path of this program is not known"),
                Arguments = ServeArguments(arguments, identity, config),
                Environment = ServeEnvironment(),
                Fds = fds,
                WorkingDirectory = Environment.CurrentDirectory,
                NewSession = true,
            });
            child.Dispose();
        }
        catch
        {
            File.Delete(socket);
            File.Delete(ServerAddress.GrpcPathOf(socket));
            throw;
        }
    }

    private static OwnedFd ListenForGrpc(string socket)
    {
        _ = GrpcDoor.Program();
        return ServerSocket.Listen(ServerAddress.GrpcPathOf(socket));
    }

    private static List<string> ServeArguments(ShimArguments arguments, SandboxIdentity identity, string? config)
    {
        List<string> serve =
        [
            "containerd-shim-katanet-v2",
            "-namespace", identity.Namespace,
            "-id", arguments.Id,
            "-sandbox", identity.Id,
            "-address", arguments.Address,
            "-publish-binary", arguments.PublishBinary,
        ];
        if (config is not null)
            serve.AddRange(["-config", config]);
        if (arguments.Debug)
            serve.Add("-debug");
        serve.Add("serve");
        return serve;
    }

    private static List<string> ServeEnvironment()
    {
        var environment = new List<string> { GcBudget };
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            var (name, value) = ((string)entry.Key, (string?)entry.Value ?? "");
            if (name == "LD_LIBRARY_PATH")
            {
                // containerd leaves an empty element, which makes the loader search the working directory: a bundle.
                value = string.Join(':', value.Split(':').Where(folder => folder.Length > 0));
                if (value.Length == 0)
                    continue;
            }

            environment.Add($"{name}={value}");
        }

        return environment;
    }
}
