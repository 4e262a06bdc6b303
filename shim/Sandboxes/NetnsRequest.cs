namespace KataShimNet.Shim.Sandboxes;

/// <summary>Which network namespace of the host a sandbox is to have.</summary>
internal enum NetnsKind
{
    /// <summary>One of its own, that the shim makes: entry <c>network</c> of <c>linux.namespaces</c> without a path.</summary>
    New,

    /// <summary>One that is there already: an entry with a path.</summary>
    Path,

    /// <summary>The host's: no entry.</summary>
    Host,
}

/// <summary>A wish for a network namespace.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Path">Where it is bound, such as <c>/var/run/netns/cni-…</c>; empty but for <see cref="NetnsKind.Path"/>.</param>
internal readonly record struct NetnsRequest(NetnsKind Kind, string Path)
{
    /// <summary>One of its own.</summary>
    public static NetnsRequest New => new(NetnsKind.New, "");

    /// <summary>The host's.</summary>
    public static NetnsRequest Host => new(NetnsKind.Host, "");

    /// <summary>One that is there.</summary>
    /// <param name="path">Where it is bound.</param>
    public static NetnsRequest At(string path) => new(NetnsKind.Path, path);
}
