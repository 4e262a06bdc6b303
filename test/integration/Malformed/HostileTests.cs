using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.Hostile.Cases;
using KataShimNet.Hostile.Guests;
using KataShimNet.IntegrationTests.Setup;
using Xunit;

namespace KataShimNet.IntegrationTests.Malformed;

/// <summary>Every case of the hostile suite (test/hostile) against our daemon; one daemon serves as many of them as it can.</summary>
public sealed class HostileTests(HostileTests.Fixture fixture) : IClassFixture<HostileTests.Fixture>
{
    private static readonly Dictionary<string, HostileCase> s_cases = AllCases.List.ToDictionary(c => c.ToString());

    public static TheoryData<string> Cases => [.. s_cases.Keys];

    [Theory, MemberData(nameof(Cases))]
    public void Attack(string name)
    {
        var outcome = fixture.Arena.Run(s_cases[name]);

        Assert.True(outcome.Verdict == Verdict.Held, $"{outcome.Verdict}: {outcome.Detail}");
    }

    public sealed class Fixture : IDisposable
    {
        internal Arena Arena { get; } = new((tree, alone) => Target.StartOurs(Published.Fsd, tree, alone), target => LeakCheck.Watch(target.Process));

        public void Dispose() => Arena.Dispose();
    }
}
