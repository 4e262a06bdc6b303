using System;
using System.IO;
using System.Text.Json;

namespace KataShimNet.Shim.Commands;

/// <summary>The annotations of a bundle's config.json that say which sandbox a container belongs to.</summary>
/// <param name="ContainerType"><c>io.kubernetes.cri.container-type</c>: <c>sandbox</c>, <c>container</c>, or empty.</param>
/// <param name="SandboxId"><c>io.kubernetes.cri.sandbox-id</c>, or empty.</param>
/// <param name="Group"><c>io.containerd.runc.v2.group</c>, or empty.</param>
internal readonly record struct BundleAnnotations(string ContainerType, string SandboxId, string Group)
{
    /// <summary>No annotations.</summary>
    public static BundleAnnotations None { get; } = new("", "", "");

    /// <summary>Whether the container joins a sandbox that another container has made.</summary>
    public bool JoinsSandbox => ContainerType == "container" && SandboxId.Length > 0;

    /// <summary>The sandbox of a container.</summary>
    /// <param name="containerId">Stands for itself where no annotation names another.</param>
    public string SandboxOf(string containerId) => SandboxId.Length > 0 ? SandboxId : Group.Length > 0 ? Group : containerId;

    /// <summary>Reads config.json; none (the sandbox API has no such file) gives no annotations.</summary>
    /// <param name="bundle">Folder of the bundle.</param>
    /// <exception cref="InvalidDataException">The file is no JSON.</exception>
    public static BundleAnnotations Read(string bundle)
    {
        var path = Path.Combine(bundle, "config.json");
        try
        {
            return Parse(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return None;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is not valid JSON: {e.Message}", e);
        }
    }

    /// <summary>Finds the annotations in the text of a config.json, skipping everything else.</summary>
    /// <param name="json">UTF-8 text.</param>
    /// <exception cref="JsonException">No JSON object.</exception>
    public static BundleAnnotations Parse(ReadOnlySpan<byte> json)
    {
        var found = None;
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("an object was expected");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var wanted = reader.ValueTextEquals("annotations");
            reader.Read();
            if (wanted && reader.TokenType == JsonTokenType.StartObject)
                found = ReadMap(ref reader);
            else
                reader.Skip();
        }

        return found;
    }

    private static BundleAnnotations ReadMap(ref Utf8JsonReader reader)
    {
        var found = None;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            var value = reader.TokenType == JsonTokenType.String ? reader.GetString() ?? "" : "";
            reader.Skip();
            found = name switch
            {
                "io.kubernetes.cri.container-type" => found with { ContainerType = value },
                "io.kubernetes.cri.sandbox-id" => found with { SandboxId = value },
                "io.containerd.runc.v2.group" => found with { Group = value },
                _ => found,
            };
        }

        return found;
    }
}
