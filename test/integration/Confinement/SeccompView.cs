using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.IntegrationTests.Confinement;

/// <summary>The seccomp filters of a running process as the kernel has them (ptrace(2), PTRACE_SECCOMP_GET_FILTER), and what they answer.</summary>
public sealed unsafe class SeccompView
{
    public const uint Allow = 0x7fff0000;
    public const uint KillProcess = 0x80000000;
    private const uint X8664 = 0xC000003E;

    private const nint SYS_ptrace = 101;
    private const nint SYS_wait4 = 61;
    private const nint PTRACE_SEIZE = 0x4206;
    private const nint PTRACE_INTERRUPT = 0x4207;
    private const nint PTRACE_DETACH = 17;
    private const nint PTRACE_SECCOMP_GET_FILTER = 0x420c;
    private const nint WALL = 0x40000000;

    private readonly List<SockFilter[]> _filters;

    private readonly ulong[][] _arguments;

    private SeccompView(List<SockFilter[]> filters)
    {
        _filters = filters;
        _arguments = FindArguments();
    }

    /// <summary>Reads the filters of a thread.</summary>
    public static SeccompView Read(int tid)
    {
        var filters = new List<SockFilter[]>();
        Exception? failure = null;
        // A tracer is a thread, and the test's own may change.
        var thread = new Thread(() =>
        {
            try
            {
                Trace(tid, filters);
            }
            catch (LinuxException e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? new SeccompView(filters) : throw failure;
    }

    /// <summary>What happens at a call: the strictest of the filters' answers.</summary>
    public uint Verdict(uint number, ulong[] arguments, uint architecture = X8664) =>
        _filters.Count == 0 ? Allow : _filters.Select(f => Run(f, number, arguments, architecture)).MinBy(action => (int)action);

    /// <summary>Numbers of the calls that some arguments, or all, let through.</summary>
    public IEnumerable<int> Allowed(bool whateverTheArguments)
    {
        for (var number = 0u; number < 1024; number++)
        {
            var verdicts = _arguments.Select(a => Verdict(number, a) == Allow);
            if (whateverTheArguments ? verdicts.All(v => v) : verdicts.Any(v => v))
                yield return (int)number;
        }
    }

    /// <summary>Whether another thread has the same filters.</summary>
    public bool IsSameAs(SeccompView other) =>
        _filters.Count == other._filters.Count && _filters.Zip(other._filters).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));

    // Enough to meet every comparison on an argument: each constant that follows the load of one, and all bits.
    private ulong[][] FindArguments()
    {
        var values = new HashSet<ulong> { 0, ulong.MaxValue };
        foreach (var filter in _filters)
        {
            for (var at = 0; at < filter.Length; at++)
            {
                if (filter[at] is not { Code: 0x20, Operand: >= 16 })
                    continue;
                while (filter[++at].Code != 0x06)
                    values.Add(filter[at].Operand);
            }
        }

        return [.. values.Select(value => new[] { value, value, value, value, value, value })];
    }

    private static void Trace(int tid, List<SockFilter[]> filters)
    {
        LinuxException.Check(SysSyscall.syscall(SYS_ptrace, PTRACE_SEIZE, tid, 0, 0, 0, 0), "PTRACE_SEIZE");
        LinuxException.Check(SysSyscall.syscall(SYS_ptrace, PTRACE_INTERRUPT, tid, 0, 0, 0, 0), "PTRACE_INTERRUPT");
        int status;
        LinuxException.Check(SysSyscall.syscall(SYS_wait4, tid, (nint)(&status), WALL, 0, 0, 0), "wait4");
        for (nint index = 0; ; index++)
        {
            var count = SysSyscall.syscall(SYS_ptrace, PTRACE_SECCOMP_GET_FILTER, tid, index, 0, 0, 0);
            if (count < 0)
                break;
            var filter = new SockFilter[count];
            fixed (SockFilter* first = filter)
                LinuxException.Check(SysSyscall.syscall(SYS_ptrace, PTRACE_SECCOMP_GET_FILTER, tid, index, (nint)first, 0, 0), "GET_FILTER");
            filters.Add(filter);
        }

        _ = SysSyscall.syscall(SYS_ptrace, PTRACE_DETACH, tid, 0, 0, 0, 0);
    }

    // Classic BPF, as far as seccomp filters use it; an operation that is not known here fails the test.
    private static uint Run(SockFilter[] filter, uint number, ulong[] arguments, uint architecture)
    {
        var accumulator = 0u;
        for (var at = 0; ; at++)
        {
            var step = filter[at];
            switch (step.Code)
            {
                case 0x20:
                    accumulator = step.Operand switch
                    {
                        0 => number,
                        4 => architecture,
                        >= 16 and < 64 => (uint)(arguments[(step.Operand - 16) / 8] >> (int)(step.Operand % 8 * 8)),
                        _ => throw new InvalidOperationException($"the filter looks at offset {step.Operand}"),
                    };
                    break;
                case 0x54:
                    accumulator &= step.Operand;
                    break;
                case 0x15:
                    at += accumulator == step.Operand ? step.JumpTrue : step.JumpFalse;
                    break;
                case 0x35:
                    at += accumulator >= step.Operand ? step.JumpTrue : step.JumpFalse;
                    break;
                case 0x06:
                    return step.Operand;
                default:
                    throw new InvalidOperationException($"operation 0x{step.Code:x}");
            }
        }
    }
}
