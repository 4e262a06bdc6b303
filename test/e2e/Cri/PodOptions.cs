using System;
using KataShimNet.AgentProto.Cri;

namespace KataShimNet.EndToEndTests.Cri;

/// <summary>How a pod is made. What is not here is set by <see cref="Change"/>.</summary>
public sealed record PodOptions
{
    /// <summary>Its name; one is made up when there is none.</summary>
    public string? Name { get; init; }

    /// <summary>The runtime handler; the one under test when there is none.</summary>
    public string? Handler { get; init; }

    /// <summary>Its host name; that of Kubernetes is the pod's name.</summary>
    public string? Hostname { get; init; }

    /// <summary>Changes the request before it is sent: limits, DNS, port mappings, namespaces, annotations.</summary>
    public Action<PodSandboxConfig>? Change { get; init; }
}
