using System;
using KataShimNet.EndToEndTests.Cri.Api;
using KataShimNet.EndToEndTests.Images;

namespace KataShimNet.EndToEndTests.Cri;

/// <summary>How a container of a pod is made. What is not here is set by <see cref="Change"/>.</summary>
public sealed record PodContainerOptions
{
    /// <summary>Its name within the pod; one is made up when there is none.</summary>
    public string? Name { get; init; }

    /// <summary>Which time it is made: 1 and so on after a restart.</summary>
    public uint Attempt { get; init; }

    /// <summary>Its image.</summary>
    public string Image { get; init; } = TestImages.Busybox;

    /// <summary>Changes the request before it is sent: mounts, limits, security context, environment, terminal.</summary>
    public Action<ContainerConfig>? Change { get; init; }
}
