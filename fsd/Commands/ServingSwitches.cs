using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Exports;

namespace KataShimNet.Fsd.Commands;

/// <summary>The switches that say how the one shared directory is served; an export has all that in its policy.</summary>
internal sealed class ServingSwitches
{
    private readonly Option<bool> _readOnly = new("--readonly") { Description = "Refuse every change of the shared directory." };

    private readonly Option<string> _cache = new("--cache")
    {
        Description = "What the guest may keep. auto: names and attributes for 1 s, pages until the file is opened after a change; always: "
            + "everything, for a day; never: nothing, and files bypass its page cache; metadata: all but pages of files.",
        HelpName = "auto|always|never|metadata",
        DefaultValueFactory = _ => "auto",
    };

    private readonly Option<bool> _allowMmap = new("--allow-mmap")
    {
        Description = "With --cache=never or metadata: files may be mapped shared. Only when nobody else uses the directory.",
    };

    private readonly Option<bool> _noReaddirplus = new("--no-readdirplus") { Description = "List directories without attributes." };

    private readonly Option<bool> _writeback = new("--writeback") { Description = "Let the guest collect writes. Only when nobody else uses the directory." };

    private readonly Option<bool> _allowDirectIo = new("--allow-direct-io") { Description = "O_DIRECT of a guest's program is O_DIRECT on the host." };

    private readonly Option<bool> _announceSubmounts = new("--announce-submounts") { Description = "Show mounts below the directory as mounts in the guest; the default." };

    private readonly Option<bool> _noAnnounceSubmounts = new("--no-announce-submounts") { Description = "Show them as plain directories." };

    private readonly Option<bool> _xattr = new("--xattr") { Description = "Serve extended attributes." };

    private readonly Option<string> _xattrMap = new("--xattrmap")
    {
        Description = "Other names for extended attributes on the host, such as :map::user.virtiofs.: (virtiofsd's rules). Implies --xattr.",
        HelpName = "rules",
        DefaultValueFactory = _ => "",
    };

    private readonly Option<string> _posixAcl = Negotiated("--posix-acl", "Serve POSIX ACLs: when the guest can (auto), or only to guests that can (always). Implies --xattr.");

    private readonly Option<string> _securityLabel = Negotiated("--security-label", "Give new files the label that the guest sends: when it can (auto), or only to guests that can (always). Implies --xattr.");

    private readonly Option<bool> _killPriv = new("--killpriv-v2") { Description = "Clear set-user-id and set-group-id bits on the host, with the change itself." };

    private readonly Option<bool> _noKillPriv = new("--no-killpriv-v2") { Description = "Leave that to the guest; the default." };

    private readonly Option<bool> _noHostLocks = new("--no-host-locks") { Description = "Locks hold within the guest alone, as with virtiofsd." };

    private readonly Option<bool> _preserveNoatime = new("--preserve-noatime") { Description = "O_NOATIME of a guest's program is O_NOATIME on the host." };

    private readonly Option<string> _dax = new("--dax")
    {
        Description = "With --dax-window: whether a guest that mounted with -o dax=inode maps the files (auto and always) or not (never).",
        HelpName = "auto|always|never",
        DefaultValueFactory = _ => "auto",
    };

    private readonly Option<string> _fileHandles = new("--inode-file-handles")
    {
        Description = "Remember files by handle instead of by descriptor: never, where the file system has handles (prefer), or only such (mandatory).",
        HelpName = "never|prefer|mandatory",
        DefaultValueFactory = _ => "prefer",
    };

    private readonly Option<string[]> _translateUid = Repeated("--translate-uid", "User ids: map:GUEST:HOST:COUNT, guest:…, host:HOST:GUEST:COUNT, squash-guest:…, squash-host:…, forbid-guest:GUEST:COUNT. May be repeated.");

    private readonly Option<string[]> _translateGid = Repeated("--translate-gid", "The same for group ids.");

    /// <summary>The switches, for the command.</summary>
    public IEnumerable<Option> All =>
    [
        _readOnly, _cache, _allowMmap, _noReaddirplus, _writeback, _allowDirectIo, _announceSubmounts, _noAnnounceSubmounts, _xattr, _xattrMap,
        _posixAcl, _securityLabel, _killPriv, _noKillPriv, _noHostLocks, _preserveNoatime, _dax, _fileHandles, _translateUid, _translateGid,
    ];

    /// <summary>Says what does not go together.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="shared">Whether there is a shared directory.</param>
    /// <returns>Null when all is well.</returns>
    public string? FindContradiction(ParseResult result, bool shared)
    {
        if (!shared)
        {
            var given = All.FirstOrDefault(option => result.GetResult(option) is { Implicit: false });
            return given is null ? null : $"{given.Name} is for --shared-dir; an export has it in its policy";
        }

        if (result.GetValue(_announceSubmounts) && result.GetValue(_noAnnounceSubmounts))
            return "--announce-submounts and --no-announce-submounts exclude one another";
        if (result.GetValue(_killPriv) && result.GetValue(_noKillPriv))
            return "--killpriv-v2 and --no-killpriv-v2 exclude one another";
        try
        {
            var options = ToOptions(result);
            if (options.PosixAcl != Negotiation.Never && options.TranslateUid.Count + options.TranslateGid.Count > 0)
                return "--posix-acl and --translate-uid or -gid exclude one another: an ACL holds ids, which nobody would translate";
            if (options.AllowMmap && options.Cache is not (CacheMode.Never or CacheMode.Metadata))
                return "--allow-mmap is for --cache=never and --cache=metadata; with the others files can be mapped anyway";
            _ = IdMapOf("--translate-uid", options.TranslateUid);
            _ = IdMapOf("--translate-gid", options.TranslateGid);
            return null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }

    /// <summary>The options.</summary>
    /// <param name="parsed">The command line.</param>
    /// <exception cref="FormatException">A value makes no sense; the message says which and why.</exception>
    public ServingOptions ToOptions(ParseResult parsed)
    {
        var map = parsed.GetValue(_xattrMap)!;
        try
        {
            _ = XattrMap.Parse(map);
        }
        catch (FormatException e)
        {
            throw new FormatException($"--xattrmap: {e.Message}");
        }

        var acl = Negotiate(parsed, _posixAcl);
        var label = Negotiate(parsed, _securityLabel);
        var cache = Choice<CacheMode>(parsed, _cache);
        return new ServingOptions
        {
            ReadOnly = parsed.GetValue(_readOnly),
            Cache = cache,
            AllowMmap = parsed.GetValue(_allowMmap),
            // Where nothing may be kept, attributes along with the names are for nothing; so it is in virtiofsd.
            Readdirplus = !parsed.GetValue(_noReaddirplus) && cache != CacheMode.Never,
            Writeback = parsed.GetValue(_writeback),
            AllowDirectIo = parsed.GetValue(_allowDirectIo),
            AnnounceSubmounts = !parsed.GetValue(_noAnnounceSubmounts),
            Xattr = parsed.GetValue(_xattr) || map.Length > 0 || acl != Negotiation.Never || label != Negotiation.Never,
            XattrMap = map,
            PosixAcl = acl,
            SecurityLabel = label,
            KillPriv = parsed.GetValue(_killPriv),
            HostLocks = !parsed.GetValue(_noHostLocks),
            PreserveNoatime = parsed.GetValue(_preserveNoatime),
            Dax = Choice<DaxUse>(parsed, _dax),
            FileHandles = parsed.GetValue(_fileHandles) == "fallback" ? HandleUse.Prefer : Choice<HandleUse>(parsed, _fileHandles),
            TranslateUid = parsed.GetValue(_translateUid)!,
            TranslateGid = parsed.GetValue(_translateGid)!,
        };
    }

    /// <summary>A value out of a fixed set, whose names are those of an enumeration in lower case.</summary>
    /// <exception cref="FormatException">It is none of them.</exception>
    internal static T Choice<T>(ParseResult parsed, Option<string> option)
        where T : struct, Enum
    {
        var text = parsed.GetValue(option)!;
        return Enum.GetNames<T>().FirstOrDefault(name => string.Equals(name, text, StringComparison.OrdinalIgnoreCase)) is { } found
            ? Enum.Parse<T>(found)
            : throw new FormatException(
                $"{option.Name} {text}: {string.Join(", ", Enum.GetNames<T>().Select(name => name.ToLowerInvariant()))} are possible");
    }

    private static IdMap? IdMapOf(string option, IReadOnlyList<string> texts)
    {
        try
        {
            return IdMap.Parse(texts);
        }
        catch (FormatException e)
        {
            throw new FormatException($"{option}: {e.Message}");
        }
    }

    // Given without a value it means always.
    private static Option<string> Negotiated(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "never|auto|always",
        Arity = ArgumentArity.ZeroOrOne,
        DefaultValueFactory = _ => "never",
    };

    // Without a value the parser falls back to the default, as if the option had not been given.
    private static Negotiation Negotiate(ParseResult parsed, Option<string> option) =>
        parsed.GetResult(option) is { Implicit: false, Tokens.Count: 0 } ? Negotiation.Always : Choice<Negotiation>(parsed, option);

    private static Option<string[]> Repeated(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "range",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
    };
}
