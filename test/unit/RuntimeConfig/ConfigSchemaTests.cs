using System.IO;
using System.Linq;
using System.Text.Json;
using KataShimNet.RuntimeConfig;
using KataShimNet.RuntimeConfig.Schema;
using Xunit;

namespace KataShimNet.UnitTests.RuntimeConfig;

/// <summary>What editors and readers are told is what the loader takes.</summary>
public sealed class ConfigSchemaTests
{
    [Fact]
    public void EverySettingIsDescribedWithTypeAndDefault()
    {
        JsonElement sections = JsonDocument.Parse(ConfigSchema.ToJson()).RootElement.GetProperty("properties");
        Assert.Equal(SettingTable.Sections.Select(section => section.Name), sections.EnumerateObject().Select(section => section.Name));
        foreach (Section section in SettingTable.Sections)
        {
            JsonElement keys = sections.GetProperty(section.Name).GetProperty("properties");
            Assert.Equal(section.Keys, keys.EnumerateObject().Select(key => key.Name));
            Assert.All(keys.EnumerateObject(), key =>
            {
                Assert.NotEmpty(key.Value.GetProperty("description").GetString()!);
                Assert.True(key.Value.TryGetProperty("type", out _) && key.Value.TryGetProperty("default", out _), key.Name);
            });
        }
    }

    [Theory]
    [InlineData("hypervisor", "vcpus", "minimum", "1")]
    [InlineData("hypervisor", "vcpus", "maximum", "240")]
    [InlineData("hypervisor", "accelerator", "enum", "[\"auto\",\"kvm\",\"tcg\"]")]
    [InlineData("sharing", "queue_size", "enum", "[16,32,64,128,256,512,1024]")]
    [InlineData("guest", "kernel", "pattern", "\"^/\"")]
    [InlineData("hypervisor", "extra_arguments", "items", "{\"type\":\"string\"}")]
    public void BoundsAreThoseOfTheLoader(string section, string key, string word, string expected)
    {
        JsonElement setting = JsonDocument.Parse(ConfigSchema.ToJson()).RootElement
            .GetProperty("properties").GetProperty(section).GetProperty("properties").GetProperty(key);
        Assert.Equal(expected, JsonSerializer.Serialize(setting.GetProperty(word)));
    }

    [Fact]
    public void TheReferenceInDocsIsTheGeneratedOne() => Assert.True(
        ConfigSchema.ToMarkdown() == File.ReadAllText(RepositoryFile.Find("docs/settings.md")),
        "docs/settings.md is old: write it anew with `katanet config schema --markdown > docs/settings.md`");
}
