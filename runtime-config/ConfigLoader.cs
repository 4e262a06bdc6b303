using System;
using System.Collections;
using System.Collections.Generic;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.RuntimeConfig.Reading;
using KataShimNet.RuntimeConfig.Schema;

namespace KataShimNet.RuntimeConfig;

/// <summary>
/// Reads the settings: a file, then the drop-ins beside it, then the environment, each over what came before. Everything wrong is found
/// in one pass, and nothing wrong is passed over.
/// </summary>
public static class ConfigLoader
{
    /// <summary>Reads the settings.</summary>
    /// <param name="path">
    /// The file, which must exist. Null takes <see cref="KatanetOptions.DefaultPath"/>, and the defaults where there is no such file.
    /// </param>
    /// <exception cref="ConfigException">A file cannot be read, or something is wrong.</exception>
    public static KatanetOptions Load(string? path) => LoadWithOrigins(path).Options;

    /// <summary>Reads the settings, and tells where each comes from.</summary>
    /// <param name="path">As for <see cref="Load"/>.</param>
    /// <param name="environment">Environment variables; null takes those of this process.</param>
    /// <exception cref="ConfigException">A file cannot be read, or something is wrong.</exception>
    public static LoadedConfig LoadWithOrigins(string? path, IDictionary? environment = null)
    {
        string main = path ?? KatanetOptions.DefaultPath;
        var layers = new Layers();
        if ((path is null ? ConfigFile.ReadIfThere(main) : ConfigFile.Read(main)) is { } text)
            layers.AddText(text, main, ConfigOriginKind.File);
        foreach (string dropIn in ConfigFile.DropIns(main))
            layers.AddText(ConfigFile.Read(dropIn), dropIn, ConfigOriginKind.DropIn);
        layers.AddEnvironment(environment ?? Environment.GetEnvironmentVariables());
        return layers.Finish();
    }

    /// <summary>Reads settings from text alone.</summary>
    /// <param name="text">The content of a settings file.</param>
    /// <param name="file">What errors call it.</param>
    /// <exception cref="ConfigException">Something in it is wrong.</exception>
    public static KatanetOptions Parse(string text, string file)
    {
        var layers = new Layers();
        layers.AddText(text, file, ConfigOriginKind.File);
        return layers.Finish().Options;
    }

    private sealed class Layers
    {
        private readonly Dictionary<string, ConfigOrigin> _origins = new(StringComparer.Ordinal);
        private readonly List<string> _files = [];
        private readonly List<ConfigProblem> _problems = [];
        private KatanetOptions _options = new();

        public void AddText(string text, string file, ConfigOriginKind kind)
        {
            var problems = new ProblemList(file);
            if (YamlTree.Read(text, problems) is { } document)
            {
                _options = SettingTable.Read(
                    _options, document, problems, (key, value) => _origins[key] = new ConfigOrigin(kind, file, value.Line));
            }
            _files.Add(file);
            _problems.AddRange(problems.Problems);
        }

        public void AddEnvironment(IDictionary environment) => _options = EnvironmentSettings.Read(
            _options, environment, _problems, (key, name) => _origins[key] = new ConfigOrigin(ConfigOriginKind.Environment, name, 0));

        public LoadedConfig Finish() =>
            _problems.Count == 0 ? new LoadedConfig(_options, _origins, _files) : throw new ConfigException(_problems);
    }
}
