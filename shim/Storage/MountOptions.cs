using System;
using System.Collections.Generic;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Shim.Storage;

/// <summary>Options in the way of mount(8), told apart: attributes of the mount, bind, and what the file system itself is to know.</summary>
internal sealed class MountOptions
{
    /// <summary>MOUNT_ATTR_ bits (mount_setattr(2)).</summary>
    public ulong Attributes { get; private set; }

    /// <summary>Whether nothing may be changed.</summary>
    public bool ReadOnly => (Attributes & SysMount.MOUNT_ATTR_RDONLY) != 0;

    /// <summary>Whether that holds for what is mounted below too: <c>rro</c>.</summary>
    public bool RecursiveReadOnly { get; private set; }

    /// <summary><c>bind</c> or <c>rbind</c> is among them.</summary>
    public bool Bind { get; private set; }

    /// <summary><c>rbind</c> is among them: with what is mounted below.</summary>
    public bool Recursive { get; private set; }

    /// <summary>Mounts made later below the source are to be seen: <c>rslave</c>, <c>rshared</c> and the like.</summary>
    public bool Propagates { get; private set; }

    /// <summary>Mounts made by the container are to be seen outside: <c>rshared</c>, <c>shared</c>.</summary>
    public bool PropagatesBack { get; private set; }

    /// <summary>The rest, in order: key, and value or null.</summary>
    public IReadOnlyList<(string Key, string? Value)> FileSystem { get; private set; } = [];

    /// <summary>Reads a list of options.</summary>
    public static MountOptions Parse(IEnumerable<string> options)
    {
        var parsed = new MountOptions();
        var rest = new List<(string, string?)>();
        foreach (var option in options)
        {
            if (parsed.TakeMountOption(option))
                continue;
            var equals = option.IndexOf('=', StringComparison.Ordinal);
            rest.Add(equals < 0 ? (option, null) : (option[..equals], option[(equals + 1)..]));
        }

        parsed.FileSystem = rest;
        return parsed;
    }

    private bool TakeMountOption(string option)
    {
        switch (option)
        {
            case "bind":
                Bind = true;
                return true;
            case "rbind":
                Bind = Recursive = true;
                return true;
            case "ro" or "rro":
                Attributes |= SysMount.MOUNT_ATTR_RDONLY;
                RecursiveReadOnly |= option == "rro";
                return true;
            case "rw" or "rrw":
                Attributes &= ~SysMount.MOUNT_ATTR_RDONLY;
                RecursiveReadOnly = false;
                return true;
            case "nosuid":
                Attributes |= SysMount.MOUNT_ATTR_NOSUID;
                return true;
            case "nodev":
                Attributes |= SysMount.MOUNT_ATTR_NODEV;
                return true;
            case "noexec":
                Attributes |= SysMount.MOUNT_ATTR_NOEXEC;
                return true;
            case "noatime":
                Attributes |= SysMount.MOUNT_ATTR_NOATIME;
                return true;
            // Defaults, and propagation: a detached mount has no peers.
            case "" or "defaults" or "suid" or "dev" or "exec" or "relatime" or "async"
                or "private" or "rprivate" or "unbindable" or "runbindable":
                return true;
            case "slave" or "rslave":
                Propagates = true;
                return true;
            case "shared" or "rshared":
                Propagates = PropagatesBack = true;
                return true;
            default:
                return false;
        }
    }
}
