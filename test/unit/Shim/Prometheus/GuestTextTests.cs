using System;
using System.Linq;
using KataShimNet.AgentProto.Prometheus;
using KataShimNet.Shim.Prometheus;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Prometheus;

/// <summary>What a guest says of itself, and what it may not say.</summary>
public sealed class GuestTextTests
{
    [Fact]
    public void Samples_of_known_families_get_the_sandbox_and_our_own_words()
    {
        var guest = new Exposition();
        guest.Add(GuestFamilies.Cpus, 2);
        guest.Add(GuestFamilies.Memory, 5e8, "total");
        guest.Add(GuestFamilies.Memory, 1e8, "free");

        Assert.Equal(
            """
            katanet_guest_cpus{sandbox="x"} 2
            katanet_guest_memory_bytes{sandbox="x",kind="total"} 500000000
            katanet_guest_memory_bytes{sandbox="x",kind="free"} 100000000
            """.ReplaceLineEndings("\n"),
            Samples(guest.ToString()));
        Assert.Contains("# HELP katanet_guest_cpus Processors that are online.\n", Written(guest.ToString()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("katanet_shim_containers 9")]
    [InlineData("katanet_container_memory_bytes{sandbox=\"other\",container=\"a\"} 9")]
    [InlineData("katanet_guest_cpus{sandbox=\"other\"} 9")]
    [InlineData("katanet_guest_cpus 9 1395066363000")]
    [InlineData("katanet_guest_cpus nine")]
    [InlineData("katanet_guest_cpus NaN")]
    [InlineData("katanet_guest_cpus")]
    [InlineData("katanet_guest_cpus ")]
    [InlineData("katanet_guest_memory_bytes 9")]
    [InlineData("katanet_guest_memory_bytes{kind=\"a\",sandbox=\"other\"} 9")]
    [InlineData("katanet_guest_memory_bytes{kind=\"a\\\"b\"} 9")]
    [InlineData("katanet_guest_memory_bytes{kind=\"a} 9")]
    [InlineData("katanet_guest_memory_bytes{kind=\"a\"}9")]
    [InlineData("katanet_guest_memory_bytes{kin=\"a\"} 9")]
    [InlineData("# TYPE katanet_guest_cpus histogram")]
    [InlineData("{} 1")]
    [InlineData("")]
    public void A_line_that_an_agent_does_not_write_is_left_out(string line) =>
        Assert.Equal("katanet_guest_load{sandbox=\"x\",window=\"1m\"} 1", Samples($"{line}\nkatanet_guest_load{{window=\"1m\"}} 1\n"));

    [Fact]
    public void A_sample_that_comes_again_and_a_family_that_is_scattered_do_no_harm() => Assert.Equal(
        "katanet_guest_load{sandbox=\"x\",window=\"1m\"} 1\nkatanet_guest_load{sandbox=\"x\",window=\"5m\"} 3\nkatanet_guest_cpus{sandbox=\"x\"} 2",
        Samples("katanet_guest_load{window=\"1m\"} 1\nkatanet_guest_cpus 2\nkatanet_guest_load{window=\"1m\"} 7\nkatanet_guest_load{window=\"5m\"} 3\n"));

    [Fact]
    public void A_long_text_is_cut()
    {
        var text = string.Concat(Enumerable.Range(0, 100_000).Select(static i => $"katanet_guest_load{{window=\"{i}\"}} 1\n"));
        Assert.InRange(Samples(text).Split('\n').Length, 1, 256);
    }

    private static string Written(string guest)
    {
        var text = new Exposition(("sandbox", "x"));
        GuestText.Write(text, guest);
        return text.ToString();
    }

    private static string Samples(string guest) =>
        string.Join('\n', Written(guest).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(static line => !line.StartsWith('#')));
}
