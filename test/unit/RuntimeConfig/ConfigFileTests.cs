using System;
using System.IO;
using KataShimNet.RuntimeConfig;
using KataShimNet.RuntimeConfig.Options;
using Xunit;

namespace KataShimNet.UnitTests.RuntimeConfig;

/// <summary>Files as such: absent, unreadable, of the wrong kind.</summary>
public sealed class ConfigFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("katanet-config-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void AFileIsRead()
    {
        string file = Write("hypervisor:\n  vcpus: 4\n"u8);
        KatanetOptions options = ConfigLoader.Load(file);
        Assert.Equal(4, options.Hypervisor.Vcpus);
        Assert.Equal(new HypervisorOptions().MemoryMib, options.Hypervisor.MemoryMib);
    }

    [Fact]
    public void AByteOrderMarkIsNoContent() => Assert.Equal(4, ConfigLoader.Load(Write("\uFEFFhypervisor: {vcpus: 4}"u8)).Hypervisor.Vcpus);

    [Fact]
    public void AFileThatIsNamedMustExist()
    {
        string file = Path.Combine(_folder, "none", "config.yaml");
        Assert.Equal($"{file}: there is no such file; give the path of a settings file, or none",
            Assert.Throws<ConfigException>(() => ConfigLoader.Load(file)).Message);
    }

    [Fact]
    public void AFolderIsNoFile() =>
        Assert.Equal($"{_folder}: it cannot be opened as a file; give a file, and let this user read it",
            Assert.Throws<ConfigException>(() => ConfigLoader.Load(_folder)).Message);

    [Fact]
    public void OtherEncodingsAreRefused() =>
        Assert.EndsWith("is not UTF-8; save the file as UTF-8", Assert.Throws<ConfigException>(() => ConfigLoader.Load(Write([0x61, 0xe9, 0x0a]))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void AHugeFileIsRefused()
    {
        string file = Write([]);
        using (FileStream stream = File.OpenWrite(file))
            stream.SetLength(1L << 40);
        Assert.Contains("larger than 1 MiB", Assert.Throws<ConfigException>(() => ConfigLoader.Load(file)).Message, StringComparison.Ordinal);
    }

    private string Write(ReadOnlySpan<byte> content)
    {
        string file = Path.Combine(_folder, "config.yaml");
        File.WriteAllBytes(file, content);
        return file;
    }
}
