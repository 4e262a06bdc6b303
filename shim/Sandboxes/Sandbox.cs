using System;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.RuntimeConfig.Options;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>The sandbox on QEMU.</summary>
internal sealed class Sandbox(SandboxIdentity identity, KatanetOptions options, ILoggerFactory loggers) : ISandbox
{
    public int HostPid => throw new NotImplementedException($"{identity} {options} {loggers}");

    public TtrpcClient Agent => throw new NotImplementedException();

    public Task<SandboxEnd> Ended => throw new NotImplementedException();

    public Task StartAsync(CancellationToken cancel) => throw new NotImplementedException();

    public Task CreateContainerAsync(ContainerRequest request, CancellationToken cancel) => throw new NotImplementedException();

    public Task RemoveContainerAsync(string id, CancellationToken cancel) => throw new NotImplementedException();

    public Task StopAsync() => throw new NotImplementedException();
}
