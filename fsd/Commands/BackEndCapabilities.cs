namespace KataShimNet.Fsd.Commands;

/// <summary>
/// What management software may rely on, in the form of a vhost-user back end (VHostUserBackendCapabilities of QEMU's
/// docs/interop/vhost-user.json). Not <c>migrate-precopy</c>: a guest with this device cannot be migrated.
/// </summary>
internal static class BackEndCapabilities
{
    /// <summary>The document; deploy/50-katanet-fsd.json has the same features.</summary>
    public const string Json = """
        {
          "type": "fs",
          "features": [
            "posix-acl-negotiation-mode",
            "security-label-negotiation-mode",
            "separate-options"
          ]
        }
        """;
}
