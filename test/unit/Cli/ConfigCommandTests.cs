using System;
using System.IO;
using System.Text.Json;
using KataShimNet.Cli.Commands;
using Xunit;

namespace KataShimNet.UnitTests.Cli;

/// <summary>katanet config, as its user sees it.</summary>
public sealed class ConfigCommandTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    public void Dispose()
    {
        _output.Dispose();
        _errors.Dispose();
        File.Delete(_file);
    }

    [Fact]
    public void ShowPrintsWhatIsInForce()
    {
        File.WriteAllText(_file, "hypervisor:\n  vcpus: 3\n");
        Assert.Equal(0, ConfigCommand.Show(_output, _errors, _file, json: false));
        Assert.Contains("  vcpus: 3".PadRight(48) + $"  # {_file}:2\n", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ShowPrintsJson()
    {
        File.WriteAllText(_file, "hypervisor:\n  extra_arguments: [\"-s\"]\n");
        Assert.Equal(0, ConfigCommand.Show(_output, _errors, _file, json: true));
        JsonElement hypervisor = JsonDocument.Parse(_output.ToString()).RootElement.GetProperty("hypervisor");
        Assert.Equal(2, hypervisor.GetProperty("vcpus").GetInt32());
        Assert.Equal("-s", hypervisor.GetProperty("extra_arguments")[0].GetString());
    }

    [Fact]
    public void CheckTellsTheProblemsAndFails()
    {
        File.WriteAllText(_file, "hypervisor:\n  vcpus: 0\n");
        Assert.Equal(1, ConfigCommand.Check(_output, _errors, _file, json: false));
        Assert.Equal($"{_file}:2:10: hypervisor.vcpus: 0 is out of range; write 1 to 240\n", _errors.ToString());
        Assert.Equal(1, ConfigCommand.Check(_output, _errors, _file, json: true));
        JsonElement problem = JsonDocument.Parse(_output.ToString()).RootElement[0];
        Assert.Equal(2, problem.GetProperty("line").GetInt32());
        Assert.Equal("hypervisor.vcpus", problem.GetProperty("key").GetString());
    }

    [Fact]
    public void CheckPassesAGoodFile()
    {
        Assert.Equal(0, ConfigCommand.Check(_output, _errors, _file, json: false));
        Assert.Equal($"{_file}: right\n", _output.ToString());
    }
}
