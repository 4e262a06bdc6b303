using KataShimNet.EndToEndTests.Nodes;

namespace KataShimNet.EndToEndTests.Cri;

/// <summary>The handler whose pods containerd makes by its Sandbox API: without a pause container.</summary>
public static class SandboxApi
{
    /// <summary>Its name.</summary>
    public const string Handler = "katanet-shim";

    /// <summary>Why a test of it does not run.</summary>
    public const string Reason = "containerd 2.x has the Sandbox API, for our handlers";

    /// <summary>Whether this containerd has it.</summary>
    public static bool IsThere => PodScope.IsKatanet && TestNode.Containerd.StartsWith('2');
}
