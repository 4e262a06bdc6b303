using System;
using System.CommandLine;
using System.Formats.Tar;
using System.IO;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using KataShimNet.Cli;
using KataShimNet.Cli.Checks;
using KataShimNet.Cli.Exec;
using KataShimNet.Cli.Support;
using KataShimNet.Sandboxes;
using KataShimNet.Shim.Sandboxes;
using Xunit;

namespace KataShimNet.UnitTests.Cli;

/// <summary>What leaves the machine has no secrets in it; what is run in a container is what the container may.</summary>
public sealed class SupportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("katanet-support-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("msg=hello DB_PASSWORD=hunter2 next=1", "msg=hello DB_PASSWORD=(removed) next=1")]
    [InlineData("line=\"{\\\"token\\\": \\\"abc def\\\"}\"", "hello")]
    [InlineData("Authorization: Bearer abcdefghijklmnopqrstuvwxyz end", "Authorization: (removed) end")]
    [InlineData("http://user:pw@host/x", "http://(removed)@host/x")]
    [InlineData("my_api_key=\"a b\" z", "my_api_key=(removed) z")]
    [InlineData("level=info msg=\"export added\" export=guest", "level=info msg=\"export added\" export=guest")]
    public void SecretsAreTakenOut(string line, string expected)
    {
        string clean = Redaction.Line(line);
        Assert.DoesNotContain("hunter2", clean, StringComparison.Ordinal);
        Assert.DoesNotContain("abc def", clean, StringComparison.Ordinal);
        if (expected != "hello")
            Assert.Equal(expected, clean);
    }

    [Fact]
    public void TheBundleHasWhatHelpsAndNothingSecret()
    {
        string config = Path.Combine(_folder, "config.yaml");
        File.WriteAllText(config, "guest:\n  kernel_params: \"quiet vault_token=s3cret\"\n");
        var state = new StateFile(Path.Combine(_folder, "default:box"));
        state.Create(ProcessMark.Of("shim", Environment.ProcessId));
        File.WriteAllText(Path.Combine(state.Folder, "log"), "level=info msg=x PASSWORD=s3cret\n");
        string file = Path.Combine(_folder, "out.tar.gz");
        Assert.Equal(["env.json", "config.yaml", "sandboxes.json", "sandboxes/default-box.log"],
            SupportBundle.Write(file, new Machine("/"), config, new SandboxList(_folder)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        var all = new StringBuilder();
        using var tar = new TarReader(new GZipStream(File.OpenRead(file), CompressionMode.Decompress));
        while (tar.GetNextEntry(copyData: true) is { } entry)
            all.Append(new StreamReader(entry.DataStream!).ReadToEnd());
        Assert.Contains("msg=x", all.ToString(), StringComparison.Ordinal);
        Assert.Contains("kernel_params", all.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", all.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ACommandRunsAsTheContainersOwnProcessWould()
    {
        File.WriteAllText(Path.Combine(_folder, "config.json"),
            """{"process":{"args":["sleep"],"terminal":false,"consoleSize":{"height":1,"width":1},"env":["A=1"],"cwd":"/x","user":{"uid":7},"noNewPrivileges":true}}""");
        JsonElement process = JsonDocument.Parse(ProcessSpec.InContainer(_folder, ["echo", "a\"b"], terminal: true)).RootElement;
        Assert.Equal("a\"b", process.GetProperty("args")[1].GetString());
        Assert.True(process.GetProperty("terminal").GetBoolean());
        Assert.Equal(7, process.GetProperty("user").GetProperty("uid").GetInt32());
        Assert.Equal("A=1", process.GetProperty("env")[0].GetString());
        Assert.True(process.GetProperty("noNewPrivileges").GetBoolean());
        Assert.Throws<CliException>(() => ProcessSpec.InContainer(_folder + "/none", ["x"], terminal: false));
    }
}
