using System.Threading.Tasks;

namespace KataShimNet.EndToEndTests.Nodes;

/// <summary>The runtime's settings on a node: for each sandbox as they are when it starts.</summary>
public static class NodeSettings
{
    private const string Path = "/etc/katanet/config.yaml";

    // Without KVM, on a machine with much to do besides, a boot can take longer than a minute.
    private const string Agent = "agent:\n  start_timeout_seconds: 300\n";

    /// <summary>Those that every test has.</summary>
    public static Task ResetAsync(TestNode node) => ReplaceAsync(node, Agent);

    /// <summary>Those that every test has, and more.</summary>
    /// <param name="node">The node.</param>
    /// <param name="more">Sections, but for <c>agent</c> and <c>containerd</c>.</param>
    public static Task AddAsync(TestNode node, string more) => ReplaceAsync(node, Agent + more);

    /// <summary>Others than every test has.</summary>
    /// <param name="node">The node.</param>
    /// <param name="settings">Sections, but for <c>containerd</c>.</param>
    public static Task ReplaceAsync(TestNode node, string settings) =>
        node.WriteFileAsync(Path, TestNode.Protocol == "ttrpc" ? settings : $"{settings}\ncontainerd:\n  protocol: {TestNode.Protocol}\n");
}
