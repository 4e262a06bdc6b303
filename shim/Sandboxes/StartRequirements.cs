using System.Collections.Generic;
using System.IO;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Sharing;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>The files that a sandbox cannot start without. Looked at first, because the programs that need them say less clearly what is missing.</summary>
internal static class StartRequirements
{
    /// <summary>Throws for the first that is missing.</summary>
    /// <exception cref="TtrpcException">FailedPrecondition, with the setting to change.</exception>
    public static void Check(KatanetOptions options)
    {
        foreach (var (key, path, folder) in Paths(options))
        {
            if (folder ? !Directory.Exists(path) : !File.Exists(path))
                throw new TtrpcException(
                    StatusCode.FailedPrecondition,
                    $"{key} {path}: no such {(folder ? "folder" : "file")}; set {key} in {KatanetOptions.DefaultPath}");
        }
    }

    private static IEnumerable<(string Key, string Path, bool Folder)> Paths(KatanetOptions options)
    {
        yield return ("hypervisor.path", options.Hypervisor.Path, false);
        yield return ("guest.kernel", options.Guest.Kernel, false);
        yield return ("sharing.daemon", SharingDaemon.ProgramPath(options.Sharing), false);
        if (options.Guest.Boot == GuestBoot.Initrd)
            yield return ("guest.initrd", options.Guest.Initrd, false);
        else
            yield return ("guest.root", options.Guest.Root, true);
        if (options.Hypervisor.EntropySource.Length > 0)
            yield return ("hypervisor.entropy_source", options.Hypervisor.EntropySource, false);
        foreach (var text in options.Sharing.SandboxBindMounts)
        {
            if (SandboxBindMount.TryParse(text, out var mount))
                yield return ("sharing.sandbox_bind_mounts", mount.Path, true);
        }
    }
}
