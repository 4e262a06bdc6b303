using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;

namespace KataShimNet.Sbom;

/// <summary>A NuGet lock file (packages.lock.json).</summary>
internal static class LockFile
{
    /// <summary>The packages that it names, of every framework; projects of our own are none.</summary>
    /// <param name="path">The file.</param>
    public static IEnumerable<Component> Read(string path)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        foreach (JsonProperty framework in document.RootElement.GetProperty("dependencies").EnumerateObject())
        {
            foreach (JsonProperty package in framework.Value.EnumerateObject())
            {
                if (package.Value.GetProperty("type").GetString() == "Project")
                    continue;
                string version = package.Value.GetProperty("resolved").GetString()!;
                // NuGet writes SHA-512 in base64, CycloneDX wants hexadecimal digits.
                string hash = Convert.ToHexStringLower(Convert.FromBase64String(package.Value.GetProperty("contentHash").GetString()!));
                yield return new Component("library", package.Name, version, $"pkg:nuget/{package.Name}@{version}")
                {
                    Hashes = [new ComponentHash("SHA-512", hash)],
                };
            }
        }
    }
}
