using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.PosixTests.Places;
using KataShimNet.TestGuest;
using Xunit;

namespace KataShimNet.PosixTests;

/// <summary>The names of all cases, as the program lists them.</summary>
public static class Cases
{
    public static IEnumerable<TheoryDataRow<string>> All() => Built.Run(Built.Program("katanet-posix"), "--list")
        .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(name => new TheoryDataRow<string>(name));
}

/// <summary>Every case holds on the host's own file system, so it asks for what Linux does.</summary>
public sealed class HostTests(HostRun run) : IClassFixture<HostRun>
{
    [Theory]
    [MemberData(nameof(Cases.All), MemberType = typeof(Cases))]
    public void OnTheHost(string name) => Assert.Null(run.Outcomes.Failure(name));
}

/// <summary>Every case holds on the mount, but for the named differences, which are as they are named.</summary>
public abstract class GuestTests(GuestRun run)
{
    protected void Check(string name)
    {
        if (Differences.Reason(name) is not null)
            Assert.NotNull(run.Outcomes.Failure(name));
        else
            Assert.Null(run.Outcomes.Failure(name));
    }
}

/// <summary>With names, attributes and pages cached as by default.</summary>
public sealed class GuestAutoTests(GuestRunAuto run) : GuestTests(run), IClassFixture<GuestRunAuto>
{
    [Theory]
    [MemberData(nameof(Cases.All), MemberType = typeof(Cases))]
    public void InTheGuest(string name) => Check(name);
}

/// <summary>With nothing cached.</summary>
public sealed class GuestNeverTests(GuestRunNever run) : GuestTests(run), IClassFixture<GuestRunNever>
{
    [Theory]
    [MemberData(nameof(Cases.All), MemberType = typeof(Cases))]
    public void InTheGuestUncached(string name) => Check(name);
}
