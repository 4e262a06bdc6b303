using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using Xunit;

namespace KataShimNet.EndToEndTests.Packages;

/// <summary>containerd-handler against every layout of settings; each containerd says itself what it read (<c>config dump</c>).</summary>
public sealed class HandlerTests(BareNodeFixture fixture) : PackageTest(fixture)
{
    private const string Imports = "imports = [\"/etc/containerd/conf.d/*.toml\"]\n";
    private const string OwnOld = "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.own]\n  runtime_type = \"io.containerd.own.v2\"\n";
    private const string OwnNew = "[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.own]\n  runtime_type = \"io.containerd.own.v2\"\n";
    private const string Main = "/etc/containerd/config.toml";
    private const string DropIn = "/etc/containerd/conf.d/katanet.toml";

    // containerd, its main file, options, exit code, whether the main file has to stay as it is, whether containerd has the handler afterwards.
    public static IEnumerable<TheoryDataRow<string, string, string, int, bool, bool>> Layouts =>
    [
        new("2.1", "version = 3\n" + Imports + OwnNew, "", 0, true, true),
        new("2.1", "version = 2\n" + Imports + OwnOld, "", 0, true, true),
        new("2.1", "version = 3\nimports = [\n  \"/etc/containerd/conf.d/*.toml\", # all\n]\n" + OwnNew, "", 0, true, true),
        new("2.1", "version = 3\n" + OwnNew, "", 3, true, false),
        new("2.1", "version = 3\n" + OwnNew, "--edit-main", 0, false, true),
        new("1.7", "version = 2\n" + Imports, "", 0, true, true),
        new("1.7", "version = 2\n" + Imports + OwnOld, "", 3, true, false),
        new("1.7", "version = 2\n" + Imports + OwnOld, "--edit-main", 0, false, true),
        new("1.6", "version = 2\n" + Imports, "", 0, true, true),
        new("1.6", "version = 2\n" + Imports + OwnOld, "--edit-main", 0, false, true),
    ];

    [Theory]
    [MemberData(nameof(Layouts))]
    public async Task A_handler_comes_and_goes_and_the_operators_stay(string containerd, string main, string options, int code, bool untouched, bool there)
    {
        string before = await File.ReadAllTextAsync(Node.Root + Main);
        await File.WriteAllTextAsync(Node.Root + Main, main);
        try
        {
            (await HandlerAsync(containerd, "add", options)).Exits(code);
            // Twice is as good as once.
            CommandResult added = (await HandlerAsync(containerd, "add", options)).Exits(code);
            Assert.Equal(untouched, await File.ReadAllTextAsync(Node.Root + Main) == main);
            string dump = await DumpAsync(containerd);
            Assert.Equal(there, dump.Contains("runtimes.katanet]", StringComparison.Ordinal));
            Assert.Equal(main.Contains("runtimes.own]", StringComparison.Ordinal), dump.Contains("io.containerd.own.v2", StringComparison.Ordinal));
            // containerd 1.x has a handler of its own no longer once a file names one, and without its default no CRI at all.
            if (there && !main.Contains("runtimes.own]", StringComparison.Ordinal))
                Assert.Contains("runtimes.runc]", dump, StringComparison.Ordinal);
            Assert.Equal(code == 3, added.Text.Contains("LEFT TO DO", StringComparison.Ordinal));

            (await HandlerAsync(containerd, "remove", "")).Exits(0);
            Assert.Equal(main, await File.ReadAllTextAsync(Node.Root + Main));
            Assert.False(Path.Exists(Node.Root + DropIn));
        }
        finally
        {
            await File.WriteAllTextAsync(Node.Root + Main, before);
        }
    }

    [Fact]
    public async Task Without_a_main_file_the_words_say_how_to_make_one()
    {
        string before = await File.ReadAllTextAsync(Node.Root + Main);
        File.Delete(Node.Root + Main);
        try
        {
            CommandResult added = (await HandlerAsync("2.1", "add", "")).Exits(3);
            Assert.Contains("    version = 3\n    imports = ", added.Text, StringComparison.Ordinal);
            (await HandlerAsync("2.1", "add", "--edit-main")).Exits(0);
            Assert.Contains("runtimes.katanet]", await DumpAsync("2.1"), StringComparison.Ordinal);
            (await HandlerAsync("2.1", "remove", "")).Exits(0);
            Assert.False(Path.Exists(Node.Root + Main));
        }
        finally
        {
            await File.WriteAllTextAsync(Node.Root + Main, before);
        }
    }

    private static string SearchPath(string containerd) => containerd == "2.1" ? "PATH=/usr/sbin:/usr/bin" : $"PATH=/opt/containerd-{containerd}/bin:/usr/sbin:/usr/bin";

    private Task<CommandResult> HandlerAsync(string containerd, string verb, string options) =>
        Node.RunAsync(["env", SearchPath(containerd), "/state/containerd-handler", verb, .. options.Length == 0 ? (string[])[] : [options]]);

    private async Task<string> DumpAsync(string containerd) => (await Node.RunAsync("env", SearchPath(containerd), "containerd", "config", "dump")).Exits(0).Text;
}
