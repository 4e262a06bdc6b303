namespace KataShimNet.Sandboxes;

/// <summary>Where a sandbox keeps its state, and what it is called there.</summary>
/// <param name="Namespace">containerd's namespace.</param>
/// <param name="Id">Its id: that of the pod, or of the container that it was made for.</param>
/// <param name="Path">The folder.</param>
public sealed record SandboxFolder(string Namespace, string Id, string Path)
{
    /// <summary>Socket of its server.</summary>
    public string Socket => SocketOf(Path);

    /// <summary>Socket of the server of a sandbox.</summary>
    /// <param name="folder">Its state folder.</param>
    public static string SocketOf(string folder) => folder + ".sock";

    /// <summary>Reads the name of a folder, <c>NAMESPACE:ID</c>.</summary>
    /// <param name="path">The folder.</param>
    /// <returns>Null when it belongs to no sandbox.</returns>
    public static SandboxFolder? Of(string path) =>
        System.IO.Path.GetFileName(path).Split(':', 2) is [var @namespace, var id] ? new SandboxFolder(@namespace, id, path) : null;
}
