using System.Linq;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.RuntimeConfig.Reading;
using KataShimNet.RuntimeConfig.Schema;

namespace KataShimNet.RuntimeConfig.Kata;

/// <summary>Puts a setting that was said in Kata's words into the options, with the checks that a settings file gets.</summary>
internal static class KataApply
{
    /// <summary>The options with the setting; null, with a problem noted, when its value cannot be.</summary>
    /// <param name="options">The options.</param>
    /// <param name="setting">The setting.</param>
    /// <param name="line">Where it was said.</param>
    /// <param name="problems">Where mistakes go.</param>
    public static KatanetOptions? To(KatanetOptions options, OurSetting setting, int line, ProblemList problems)
    {
        int dot = setting.Key.IndexOf('.', System.StringComparison.Ordinal);
        Section section = SettingTable.Find(setting.Key[..dot])!;
        string key = setting.Key[(dot + 1)..];
        string type = section.Shapes.First(shape => shape.Key == key).Value.Type;
        YamlNode value = type == "array"
            ? new YamlSequence(line, 1, [.. setting.Value.Texts.Select(text => new YamlScalar(line, 1, text, Plain: false))])
            : new YamlScalar(line, 1, setting.Value.Text, Plain: type is "integer" or "number");
        return section.ReadKey(options, new YamlScalar(line, 1, key, Plain: true), value, problems);
    }
}
