using System.IO;
using KataShimNet.RuntimeConfig.Options;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>Which sandbox: ids are unique within a namespace of containerd only.</summary>
/// <param name="Namespace">containerd's namespace, such as <c>k8s.io</c>.</param>
/// <param name="Id">Id of the sandbox: containerd's id of the container that it was made for.</param>
internal sealed record SandboxIdentity(string Namespace, string Id)
{
    /// <summary>
    /// Folder with everything that the sandbox keeps on the host while it lives: <c>state_dir/namespace:id</c>. One level, so that nobody
    /// has to remove a namespace's folder while another sandbox is being made in it; a colon is in neither name.
    /// </summary>
    public string StateFolder(RuntimeOptions options) => Path.Combine(options.StateDir, $"{Namespace}:{Id}");
}
