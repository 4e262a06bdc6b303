using KataShimNet.Linux;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Events;
using KataShimNet.Shim.Sandboxes;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Tasks;

/// <summary>What every task and process of one server shares.</summary>
/// <param name="Sandbox">The virtual machine.</param>
/// <param name="Events">Takes events for containerd.</param>
/// <param name="Poller">Waits for fifos.</param>
/// <param name="Options">The settings.</param>
/// <param name="Log">The server's log.</param>
/// <param name="Namespace">containerd's namespace.</param>
internal sealed record TaskContext(ISandbox Sandbox, IEventSink Events, FdPoller Poller, KatanetOptions Options, ILogger Log, string Namespace);
