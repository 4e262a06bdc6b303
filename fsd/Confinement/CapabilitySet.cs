using System;
using System.Collections.Generic;
using System.Linq;

namespace KataShimNet.Fsd.Confinement;

/// <summary>Capabilities (capabilities(7)) as a set of bits, by their kernel numbers.</summary>
/// <param name="Bits">Bit N is capability N.</param>
internal readonly record struct CapabilitySet(ulong Bits)
{
    // Names by number, without CAP_ (linux/capability.h).
    private static readonly string[] s_names =
    [
        "chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "linux_immutable",
        "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner", "sys_module", "sys_rawio", "sys_chroot",
        "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time", "sys_tty_config", "mknod", "lease",
        "audit_write", "audit_control", "setfcap", "mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read",
        "perfmon", "bpf", "checkpoint_restore",
    ];

    /// <summary>Number of capabilities known here.</summary>
    public static int Count => s_names.Length;

    /// <summary>
    /// What the worker keeps: files of any owner, made and changed as their owner's (CHOWN to FSETID, SETUID and SETGID for the file
    /// system ids), device nodes, security.capability attributes (SETFCAP), and file handles (DAC_READ_SEARCH).
    /// </summary>
    /// <remarks>
    /// Not LINUX_IMMUTABLE: a guest could make files that nobody on the host can remove without knowing why; not SYS_ADMIN, which
    /// trusted.* attributes need and much else. <c>--modcaps</c> adds either.
    /// </remarks>
    public static CapabilitySet Worker { get; } =
        Of("chown", "dac_override", "dac_read_search", "fowner", "fsetid", "setgid", "setuid", "mknod", "setfcap");

    /// <summary>The set of some names.</summary>
    /// <param name="names">Names in lower case, without CAP_.</param>
    public static CapabilitySet Of(params ReadOnlySpan<string> names)
    {
        var bits = 0ul;
        foreach (var name in names)
            bits |= 1ul << Array.IndexOf(s_names, name);
        return new(bits);
    }

    /// <summary>Both together.</summary>
    public static CapabilitySet operator |(CapabilitySet a, CapabilitySet b) => new(a.Bits | b.Bits);

    /// <summary>Whether a capability is in the set.</summary>
    /// <param name="number">Its number.</param>
    public bool Has(int number) => (Bits >> number & 1) != 0;

    /// <summary>Changes the set as virtiofsd's <c>--modcaps</c> says: <c>+name</c> or <c>-name</c>, several of them joined by colons.</summary>
    /// <param name="text">The changes.</param>
    /// <exception cref="FormatException">A change has no sign, or its name is not known; the message says so.</exception>
    public CapabilitySet Modify(string text)
    {
        var bits = Bits;
        foreach (var change in text.Split(':'))
        {
            if (change.Length < 2 || change[0] is not ('+' or '-'))
                throw new FormatException($"\"{change}\" has to be + or - and a capability, such as +sys_admin");
            var name = change[1..].ToLowerInvariant();
            var number = Array.IndexOf(s_names, name.StartsWith("cap_", StringComparison.Ordinal) ? name[4..] : name);
            if (number < 0)
                throw new FormatException($"\"{change[1..]}\" is no capability; capabilities(7) has the names, to be written without CAP_");
            bits = change[0] == '+' ? bits | (1ul << number) : bits & ~(1ul << number);
        }

        return new(bits);
    }

    /// <summary>The names, joined by commas.</summary>
    public override string ToString() => string.Join(',', Names());

    private IEnumerable<string> Names()
    {
        var bits = Bits;
        return s_names.Where((_, number) => (bits >> number & 1) != 0);
    }
}
