using System;
using System.Collections.Generic;
using System.Globalization;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Coherency;

namespace KataShimNet.Fsd.Exports;

/// <summary>For how long a guest keeps what it knows of the one served directory; names and meanings of virtiofsd's <c>--cache</c>.</summary>
internal enum CacheMode
{
    /// <summary>Names and attributes for a second; pages until the file is opened again after a change.</summary>
    Auto,
    /// <summary>Everything: nobody else changes the directory.</summary>
    Always,
    /// <summary>Nothing: every access asks.</summary>
    Never,
    /// <summary>Names, attributes and directories, but no pages of files.</summary>
    Metadata,
}

/// <summary>Whether something that the guest's kernel has to take part in is used.</summary>
internal enum Negotiation
{
    /// <summary>No.</summary>
    Never,
    /// <summary>When the guest's kernel can.</summary>
    Auto,
    /// <summary>Yes: a guest whose kernel cannot is refused at INIT.</summary>
    Always,
}

/// <summary>How an inode that is not open is remembered.</summary>
internal enum HandleUse
{
    /// <summary>By an O_PATH descriptor.</summary>
    Never,
    /// <summary>By a file handle where the file system has them.</summary>
    Prefer,
    /// <summary>By a file handle; a file system without them is refused.</summary>
    Mandatory,
}

/// <summary>What holds for the whole device, from the command line; the keeper passes it to each worker.</summary>
/// <remarks>
/// Defaults are virtiofsd's, for it is one directory that the options speak of; <see cref="ForExports"/> has what a shim gets. What
/// a single export may differ in is in its <see cref="ServingPolicy"/>, which is made from these for the one served directory.
/// </remarks>
internal sealed record ServingOptions
{
    /// <summary>
    /// What a daemon with exports does: its directories are to look like local disks. Files of the class shared bypass the guest's page cache;
    /// within the pod they can be mapped for all that.
    /// </summary>
    public static ServingOptions ForExports { get; } =
        new() { Xattr = true, KillPriv = true, PosixAcl = Negotiation.Auto, PreserveNoatime = true, AllowMmap = true };

    /// <summary><c>--readonly</c>: every change is refused with EROFS.</summary>
    public bool ReadOnly { get; init; }

    /// <summary><c>--cache</c>.</summary>
    public CacheMode Cache { get; init; }

    /// <summary><c>--allow-mmap</c>: files that bypass the guest's cache may be mapped shared (FUSE_DIRECT_IO_ALLOW_MMAP).</summary>
    public bool AllowMmap { get; init; }

    /// <summary>Not <c>--no-readdirplus</c> (FUSE_DO_READDIRPLUS).</summary>
    public bool Readdirplus { get; init; } = true;

    /// <summary><c>--writeback</c>: the guest collects writes (FUSE_WRITEBACK_CACHE).</summary>
    public bool Writeback { get; init; }

    /// <summary><c>--allow-direct-io</c>: O_DIRECT of the guest is O_DIRECT on the host.</summary>
    public bool AllowDirectIo { get; init; }

    /// <summary>Not <c>--no-announce-submounts</c> (FUSE_SUBMOUNTS).</summary>
    public bool AnnounceSubmounts { get; init; } = true;

    /// <summary><c>--xattr</c>: extended attributes are served; otherwise ENOSYS.</summary>
    public bool Xattr { get; init; }

    /// <summary><c>--xattrmap</c>: its rules as they were written, or an empty string.</summary>
    public string XattrMap { get; init; } = "";

    /// <summary><c>--posix-acl</c> (FUSE_POSIX_ACL).</summary>
    public Negotiation PosixAcl { get; init; }

    /// <summary><c>--security-label</c> (FUSE_SECURITY_CTX).</summary>
    public Negotiation SecurityLabel { get; init; }

    /// <summary><c>--killpriv-v2</c> (FUSE_HANDLE_KILLPRIV_V2): the host clears set-id bits.</summary>
    public bool KillPriv { get; init; }

    /// <summary>Not <c>-o no_posix_lock,no_flock</c>: locks are taken on the host, and exclude other guests too (FUSE_POSIX_LOCKS, FUSE_FLOCK_LOCKS).</summary>
    public bool HostLocks { get; init; } = true;

    /// <summary><c>--preserve-noatime</c>: O_NOATIME of the guest is O_NOATIME on the host.</summary>
    public bool PreserveNoatime { get; init; }

    /// <summary><c>--inode-file-handles</c>.</summary>
    public HandleUse FileHandles { get; init; } = HandleUse.Prefer;

    /// <summary><c>--translate-uid</c>: each as it was written.</summary>
    public IReadOnlyList<string> TranslateUid { get; init; } = [];

    /// <summary><c>--translate-gid</c>: each as it was written.</summary>
    public IReadOnlyList<string> TranslateGid { get; init; } = [];

    /// <summary>Number of this daemon in the node's table; −1: there is none.</summary>
    public int NodeDaemon { get; init; } = -1;

    /// <summary><c>--dax-window</c>: bytes of the DAX window, one of <see cref="Dax.DaxWindowSize"/>; 0 for none.</summary>
    public long DaxWindow { get; init; }

    /// <summary><c>--dax</c>: whether files of the directory are mapped there.</summary>
    public DaxUse Dax { get; init; }

    /// <summary>Whether somebody in the guest can be asked to look at a file (<c>--guest-fd</c>), and files are mapped.</summary>
    public bool AsksGuest { get; init; }

    /// <summary>For how long a guest may believe what it is told, where others may change it too.</summary>
    public LeaseTerms Leases { get; init; } = LeaseTerms.Default;

    /// <summary>The options as words of a command line, one per option.</summary>
    public IEnumerable<string> ToWords()
    {
        yield return Word("readonly", ReadOnly);
        yield return $"cache={Cache}";
        yield return Word("allow-mmap", AllowMmap);
        yield return Word("readdirplus", Readdirplus);
        yield return Word("writeback", Writeback);
        yield return Word("allow-direct-io", AllowDirectIo);
        yield return Word("announce-submounts", AnnounceSubmounts);
        yield return Word("xattr", Xattr);
        yield return $"xattrmap={XattrMap}";
        yield return $"posix-acl={PosixAcl}";
        yield return $"security-label={SecurityLabel}";
        yield return Word("killpriv", KillPriv);
        yield return Word("host-locks", HostLocks);
        yield return Word("preserve-noatime", PreserveNoatime);
        yield return $"file-handles={FileHandles}";
        yield return string.Create(CultureInfo.InvariantCulture, $"node-daemon={NodeDaemon}");
        yield return string.Create(CultureInfo.InvariantCulture, $"dax-window={DaxWindow}");
        yield return $"dax={Dax}";
        yield return Word("asks-guest", AsksGuest);
        yield return $"leases={Leases.ToWord()}";
        foreach (var rule in TranslateUid)
            yield return $"translate-uid={rule}";
        foreach (var rule in TranslateGid)
            yield return $"translate-gid={rule}";
    }

    /// <summary>Reads what <see cref="ToWords"/> wrote.</summary>
    /// <param name="words">The words.</param>
    /// <exception cref="FormatException">They are not such words.</exception>
    public static ServingOptions FromWords(ReadOnlySpan<string> words)
    {
        var options = new ServingOptions();
        foreach (var word in words)
        {
            var split = word.IndexOf('=', StringComparison.Ordinal);
            options = split > 0 ? options.With(word[..split], word[(split + 1)..]) : throw new FormatException(word);
        }

        return options;
    }

    private static string Word(string name, bool value) => string.Create(CultureInfo.InvariantCulture, $"{name}={value}");

    private ServingOptions With(string name, string value) => name switch
    {
        "readonly" => this with { ReadOnly = bool.Parse(value) },
        "cache" => this with { Cache = Enum.Parse<CacheMode>(value) },
        "allow-mmap" => this with { AllowMmap = bool.Parse(value) },
        "readdirplus" => this with { Readdirplus = bool.Parse(value) },
        "writeback" => this with { Writeback = bool.Parse(value) },
        "allow-direct-io" => this with { AllowDirectIo = bool.Parse(value) },
        "announce-submounts" => this with { AnnounceSubmounts = bool.Parse(value) },
        "xattr" => this with { Xattr = bool.Parse(value) },
        "xattrmap" => this with { XattrMap = value },
        "posix-acl" => this with { PosixAcl = Enum.Parse<Negotiation>(value) },
        "security-label" => this with { SecurityLabel = Enum.Parse<Negotiation>(value) },
        "killpriv" => this with { KillPriv = bool.Parse(value) },
        "host-locks" => this with { HostLocks = bool.Parse(value) },
        "preserve-noatime" => this with { PreserveNoatime = bool.Parse(value) },
        "leases" => this with { Leases = LeaseTerms.FromWord(value) },
        "file-handles" => this with { FileHandles = Enum.Parse<HandleUse>(value) },
        "node-daemon" => this with { NodeDaemon = int.Parse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) },
        "dax-window" => this with { DaxWindow = long.Parse(value, CultureInfo.InvariantCulture) },
        "dax" => this with { Dax = Enum.Parse<DaxUse>(value) },
        "asks-guest" => this with { AsksGuest = bool.Parse(value) },
        "translate-uid" => this with { TranslateUid = [.. TranslateUid, value] },
        "translate-gid" => this with { TranslateGid = [.. TranslateGid, value] },
        _ => throw new FormatException(name),
    };
}
