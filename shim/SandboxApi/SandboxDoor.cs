using KataShimNet.AgentProto.Containerd.Sandbox;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Shim.SandboxApi;

/// <summary>The name under which containerd calls the Sandbox service, on the socket of the Task service.</summary>
internal static class SandboxDoor
{
    /// <summary>Full name of the service.</summary>
    public const string Name = "containerd.runtime.sandbox.v1.Sandbox";

    /// <summary>Offers the service.</summary>
    /// <param name="table">Gets the methods.</param>
    /// <param name="service">Answers them.</param>
    public static TtrpcServiceTable AddTo(TtrpcServiceTable table, SandboxService service) => table
        .Add(Name, "CreateSandbox", CreateSandboxRequest.Parser, service.CreateAsync)
        .Add(Name, "StartSandbox", StartSandboxRequest.Parser, service.StartAsync)
        .Add(Name, "Platform", PlatformRequest.Parser, service.PlatformAsync)
        .Add(Name, "StopSandbox", StopSandboxRequest.Parser, service.StopAsync)
        .Add(Name, "WaitSandbox", WaitSandboxRequest.Parser, service.WaitAsync)
        .Add(Name, "SandboxStatus", SandboxStatusRequest.Parser, service.StatusAsync)
        .Add(Name, "PingSandbox", PingRequest.Parser, service.PingAsync)
        .Add(Name, "ShutdownSandbox", ShutdownSandboxRequest.Parser, service.ShutdownAsync)
        .Add(Name, "SandboxMetrics", SandboxMetricsRequest.Parser, service.MetricsAsync);
}
