using System.Collections.Generic;

namespace KataShimNet.PosixTests;

/// <summary>Cases that do not pass on the mount, and why. They must fail there: when one passes, its line goes.</summary>
public static class Differences
{
    private static readonly Dictionary<string, string> s_reasons = new()
    {
        ["privilege/group_bit_without_execution_stays_for_a_member"] =
            "FUSE tells with a WRITE that set-id bits are to fall (FUSE_WRITE_KILL_SUIDGID), not whether the writer is in the file's group",
    };

    /// <summary>Why a case does not pass; null when it has to.</summary>
    /// <param name="name">Area and case.</param>
    public static string? Reason(string name) => s_reasons.GetValueOrDefault(name);
}
