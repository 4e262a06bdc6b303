using KataShimNet.RuntimeConfig.Options;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>Makes sandboxes; the task service knows nothing of how they are built.</summary>
internal static class SandboxFactory
{
    /// <summary>A sandbox that has not been started: nothing exists on the host yet.</summary>
    /// <param name="identity">Which one; <see cref="Sandbox.Describe"/> says what it is to be.</param>
    /// <param name="options">Settings; not changed afterwards.</param>
    /// <param name="companion">A process that serves it from its start to its end: it sits in the pod's cgroup; null when there is none.</param>
    /// <param name="loggers">Where it and its children log. The provider adds the sandbox field.</param>
    public static Sandbox Create(SandboxIdentity identity, KatanetOptions options, int? companion, ILoggerFactory loggers) =>
        new Sandbox(identity, options, companion, loggers);
}
