using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Confinement;

/// <summary>
/// A seccomp filter made of rules. Calls of another architecture and of x32 end the process in every mode; then a binary search
/// over the numbers; what is in no rule gets the default action.
/// </summary>
internal static class SeccompProgram
{
    /// <summary>Builds the program (struct sock_filter, seccomp(2)).</summary>
    /// <param name="rules">The rules, in any order, one per number.</param>
    /// <param name="otherwise">SECCOMP_RET_ value for all other calls.</param>
    public static SockFilter[] Build(IEnumerable<SeccompRule> rules, uint otherwise)
    {
        var sorted = rules.OrderBy(rule => rule.Number).ToArray();
        List<SockFilter> program =
        [
            new(LinuxFilter.LoadWord, 0, 0, LinuxSeccomp.OffsetArchitecture),
            new(LinuxFilter.JumpEqual, 1, 0, LinuxSeccomp.AUDIT_ARCH_X86_64),
            Return(LinuxSeccomp.SECCOMP_RET_KILL_PROCESS),
            new(LinuxFilter.LoadWord, 0, 0, LinuxSeccomp.OffsetNumber),
            new(LinuxFilter.JumpGreaterOrEqual, 0, 1, LinuxSeccomp.X32_SYSCALL_BIT),
            Return(LinuxSeccomp.SECCOMP_RET_KILL_PROCESS),
        ];
        program.AddRange(Search(Ranges(sorted), otherwise));
        return [.. program];
    }

    // Neighbours that are allowed without a condition need one comparison together.
    private static List<(int First, int Last, SeccompRule Rule)> Ranges(SeccompRule[] sorted)
    {
        var ranges = new List<(int First, int Last, SeccompRule Rule)>();
        foreach (var rule in sorted)
        {
            if (ranges.Count > 0 && rule.Number == ranges[^1].Last)
                throw new ArgumentException($"two rules for {rule.Name}", nameof(sorted));
            if (ranges.Count > 0 && rule.Number == ranges[^1].Last + 1 && IsPlain(rule) && IsPlain(ranges[^1].Rule))
                ranges[^1] = ranges[^1] with { Last = rule.Number };
            else
                ranges.Add((rule.Number, rule.Number, rule));
        }

        return ranges;
    }

    private static bool IsPlain(SeccompRule rule) => rule is { Check: null, Errno: 0 };

    // Each step: below the middle range → left part; else the right part, which the middle range begins.
    private static List<SockFilter> Search(List<(int First, int Last, SeccompRule Rule)> ranges, uint otherwise)
    {
        if (ranges.Count == 0)
            return [Return(otherwise)];
        if (ranges.Count == 1)
            return Leaf(ranges[0], otherwise);
        var middle = ranges.Count / 2;
        var left = Search(ranges[..middle], otherwise);
        var right = Search(ranges[middle..], otherwise);
        return [new(LinuxFilter.JumpGreaterOrEqual, checked((byte)left.Count), 0, (uint)ranges[middle].First), .. left, .. right];
    }

    private static List<SockFilter> Leaf((int First, int Last, SeccompRule Rule) range, uint otherwise)
    {
        List<SockFilter> body = range.Rule switch
        {
            { Errno: not 0 } refused => [Return(LinuxSeccomp.SECCOMP_RET_ERRNO | (uint)refused.Errno)],
            { Check: { } check } => Compare(check, otherwise),
            _ => [Return(LinuxSeccomp.SECCOMP_RET_ALLOW)],
        };
        List<SockFilter> test = range.First == range.Last
            ? [new(LinuxFilter.JumpEqual, 0, checked((byte)body.Count), (uint)range.First)]
            :
            [
                new(LinuxFilter.JumpGreaterOrEqual, 0, checked((byte)(body.Count + 1)), (uint)range.First),
                new(LinuxFilter.JumpGreaterOrEqual, checked((byte)body.Count), 0, (uint)range.Last + 1),
            ];
        return [.. test, .. body, Return(otherwise)];
    }

    private static List<SockFilter> Compare(ArgumentCheck check, uint otherwise)
    {
        List<SockFilter> body = [new(LinuxFilter.LoadWord, 0, 0, LinuxSeccomp.OffsetArguments + ((uint)check.Argument * 8))];
        if (check.Mask != uint.MaxValue)
            body.Add(new(LinuxFilter.And, 0, 0, check.Mask));
        for (var i = 0; i < check.Values.Length; i++)
            body.Add(new(LinuxFilter.JumpEqual, checked((byte)(check.Values.Length - i)), 0, check.Values[i]));
        body.Add(Return(otherwise));
        body.Add(Return(LinuxSeccomp.SECCOMP_RET_ALLOW));
        return body;
    }

    private static SockFilter Return(uint action) => new(LinuxFilter.Return, 0, 0, action);
}
