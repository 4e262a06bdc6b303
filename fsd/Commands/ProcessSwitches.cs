using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using KataShimNet.Fsd.Confinement;

namespace KataShimNet.Fsd.Commands;

/// <summary>The switches that say what the daemon's processes may do, and those of virtiofsd's that are refused.</summary>
internal sealed class ProcessSwitches
{
    private readonly Option<string> _sandbox = new("--sandbox")
    {
        Description = "How the worker is set apart: namespaces and an empty root (namespace), an empty root (chroot), or not at all (none).",
        HelpName = "namespace|chroot|none",
        DefaultValueFactory = _ => "namespace",
    };

    private readonly Option<string> _seccomp = new("--seccomp")
    {
        Description = "What a system call does that is not on the list: end the process (kill), be named in the kernel's log and go on (log), "
            + "raise SIGSYS (trap), or go on (none).",
        HelpName = "kill|log|trap|none",
        DefaultValueFactory = _ => "kill",
    };

    private readonly Option<string?> _modcaps = new("--modcaps")
    {
        Description = "Capabilities of the worker to add and to take away, such as +sys_admin:-mknod.",
        HelpName = "changes",
    };

    private readonly Option<ulong?> _rlimitNofile = new("--rlimit-nofile")
    {
        Description = "Most open descriptors of each process; 0 leaves the limit. Otherwise it is raised as far as it goes.",
        HelpName = "number",
    };

    private readonly Option<ulong> _threadPoolSize = new("--thread-pool-size") { Description = "Only 0 is possible: each queue has its thread.", HelpName = "number" };

    // An option of virtiofsd's, and why there is no such thing here.
    private readonly (Option Option, string Reason)[] _refused =
    [
        (Text("--uid-map"), "there is no user namespace; --translate-uid does it without one"),
        (Text("--gid-map"), "there is no user namespace; --translate-gid does it without one"),
        (Text("--migration-mode"), NoMigration),
        (Text("--migration-on-error"), NoMigration),
        (new Option<bool>("--migration-verify-handles") { Hidden = true }, NoMigration),
        (new Option<bool>("--migration-confirm-paths") { Hidden = true }, NoMigration),
    ];

    private const string NoMigration = "a guest with this device cannot be migrated while it runs; leave the option out";

    /// <summary>The switches, for the command.</summary>
    public IEnumerable<Option> All => [_sandbox, _seccomp, _modcaps, _rlimitNofile, _threadPoolSize, .. _refused.Select(r => r.Option)];

    /// <summary>Says what is not possible.</summary>
    /// <param name="result">The command line.</param>
    /// <returns>Null when all is well.</returns>
    public string? FindContradiction(ParseResult result)
    {
        foreach (var (option, reason) in _refused)
        {
            if (result.GetResult(option) is { Implicit: false })
                return $"{option.Name}: {reason}";
        }

        if (result.GetValue(_threadPoolSize) != 0)
            return "--thread-pool-size: each request queue has a thread of its own; give the device more queues instead, and leave this 0";
        try
        {
            _ = ToSandbox(result);
            return null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }

    /// <summary>Most descriptors: 0 leaves the limit, null raises it as far as it goes.</summary>
    /// <param name="parsed">The command line.</param>
    public ulong? DescriptorLimit(ParseResult parsed) => parsed.GetValue(_rlimitNofile);

    /// <summary>What is taken from the worker.</summary>
    /// <param name="parsed">The command line.</param>
    /// <exception cref="FormatException">A value makes no sense; the message says which and why.</exception>
    public WorkerSandbox ToSandbox(ParseResult parsed)
    {
        var capabilities = CapabilitySet.Worker;
        try
        {
            if (parsed.GetValue(_modcaps) is { } changes)
                capabilities = capabilities.Modify(changes);
        }
        catch (FormatException e)
        {
            throw new FormatException($"--modcaps: {e.Message}");
        }

        return new WorkerSandbox(
            ServingSwitches.Choice<SandboxMode>(parsed, _sandbox), capabilities, ServingSwitches.Choice<SeccompMode>(parsed, _seccomp));
    }

    private static Option<string?> Text(string name) => new(name) { Hidden = true };
}
