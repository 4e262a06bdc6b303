using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.Fsd.Confinement;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Confinement;

public class SeccompProgramTests
{
    private const uint Otherwise = LinuxSeccomp.SECCOMP_RET_LOG;

    [Fact]
    public void Structures_have_the_kernel_s_sizes()
    {
        unsafe
        {
            Assert.Equal((8, 16), (sizeof(SockFilter), sizeof(SockFprog)));
        }
    }

    [Fact]
    public void Every_number_gets_what_its_rule_says()
    {
        var rules = WorkerCalls.Rules.ToDictionary(rule => rule.Number);
        var program = SeccompProgram.Build(WorkerCalls.Rules, Otherwise);

        for (var number = 0; number < 600; number++)
        {
            var expected = rules.GetValueOrDefault(number) switch
            {
                null => Otherwise,
                { Errno: not 0 } refused => LinuxSeccomp.SECCOMP_RET_ERRNO | (uint)refused.Errno,
                { Check: { } check } => check.Values.Contains(0u) ? LinuxSeccomp.SECCOMP_RET_ALLOW : Otherwise,
                _ => LinuxSeccomp.SECCOMP_RET_ALLOW,
            };
            Assert.Equal(expected, Run(program, (uint)number));
        }
    }

    [Fact]
    public void Arguments_are_checked()
    {
        var program = SeccompProgram.Build([new(5, "five", "", new ArgumentCheck(1, 0xf0, 0x10, 0x30))], Otherwise);

        Assert.Equal(LinuxSeccomp.SECCOMP_RET_ALLOW, Run(program, 5, 0, 0x1f));
        Assert.Equal(LinuxSeccomp.SECCOMP_RET_ALLOW, Run(program, 5, 0, 0x30));
        Assert.Equal(Otherwise, Run(program, 5, 0, 0x2f));
        Assert.Equal(Otherwise, Run(program, 5, 0x10, 0));
    }

    [Fact]
    public void Other_architectures_end_the_process_in_every_mode()
    {
        var program = SeccompProgram.Build(WorkerCalls.Rules, Otherwise);

        Assert.Equal(LinuxSeccomp.SECCOMP_RET_KILL_PROCESS, Run(program, 0x40000000));
        Assert.Equal(LinuxSeccomp.SECCOMP_RET_KILL_PROCESS, RunFor(program, 0x40000003, 0, []));
    }

    [Fact]
    public void A_number_has_one_rule() =>
        Assert.Throws<ArgumentException>(() => SeccompProgram.Build([new(1, "a", ""), new(1, "b", "")], Otherwise));

    private static uint Run(SockFilter[] program, uint number, params uint[] arguments) =>
        RunFor(program, LinuxSeccomp.AUDIT_ARCH_X86_64, number, arguments);

    private static uint RunFor(SockFilter[] program, uint architecture, uint number, uint[] arguments)
    {
        var accumulator = 0u;
        for (var at = 0; ; at++)
        {
            var step = program[at];
            switch (step.Code)
            {
                case LinuxFilter.LoadWord:
                    accumulator = step.Operand switch
                    {
                        LinuxSeccomp.OffsetNumber => number,
                        LinuxSeccomp.OffsetArchitecture => architecture,
                        var offset => arguments.ElementAtOrDefault((int)(offset - LinuxSeccomp.OffsetArguments) / 8),
                    };
                    break;
                case LinuxFilter.And:
                    accumulator &= step.Operand;
                    break;
                case LinuxFilter.JumpEqual:
                    at += accumulator == step.Operand ? step.JumpTrue : step.JumpFalse;
                    break;
                case LinuxFilter.JumpGreaterOrEqual:
                    at += accumulator >= step.Operand ? step.JumpTrue : step.JumpFalse;
                    break;
                default:
                    return step.Operand;
            }
        }
    }
}
