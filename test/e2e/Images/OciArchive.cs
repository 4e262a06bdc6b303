using System;
using System.Formats.Tar;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace KataShimNet.EndToEndTests.Images;

/// <summary>
/// Writes an image as an OCI image layout in a tar archive (OCI image specification 1.1, "image-layout"): one manifest, one layer.
/// A manifest.json as <c>docker save</c> writes it lies beside, since a Docker without containerd's image store loads by nothing else.
/// </summary>
public static class OciArchive
{
    private const string ManifestType = "application/vnd.oci.image.manifest.v1+json";
    private const string ConfigType = "application/vnd.oci.image.config.v1+json";
    private const string LayerType = "application/vnd.oci.image.layer.v1.tar";

    /// <summary>Writes the archive to a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">Name the image gets when it is imported.</param>
    /// <param name="architecture">GOARCH name, as images carry it.</param>
    /// <param name="layer">The layer: an uncompressed tar archive.</param>
    /// <param name="command">What a container of it runs when nothing else is asked for.</param>
    public static void Write(string path, string name, string architecture, byte[] layer, params string[] command)
    {
        using FileStream file = File.Create(path);
        using TarWriter archive = new(file, TarEntryFormat.Pax);

        byte[] config = Json(new JsonObject
        {
            ["architecture"] = architecture,
            ["os"] = "linux",
            ["config"] = new JsonObject { ["Env"] = new JsonArray("PATH=/bin:/usr/bin"), ["Cmd"] = new JsonArray([.. command.Select(word => (JsonNode)word)]) },
            ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray(Digest(layer)) },
        });
        byte[] manifest = Json(new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = ManifestType,
            ["config"] = Descriptor(ConfigType, config),
            ["layers"] = new JsonArray(Descriptor(LayerType, layer)),
        });
        JsonObject entry = Descriptor(ManifestType, manifest);
        entry["platform"] = new JsonObject { ["architecture"] = architecture, ["os"] = "linux" };
        entry["annotations"] = new JsonObject { ["io.containerd.image.name"] = name };
        byte[] index = Json(new JsonObject { ["schemaVersion"] = 2, ["manifests"] = new JsonArray(entry) });

        Add(archive, "oci-layout", Json(new JsonObject { ["imageLayoutVersion"] = "1.0.0" }));
        Add(archive, "index.json", index);
        Add(archive, "manifest.json", Encoding.UTF8.GetBytes(new JsonArray(new JsonObject
        {
            ["Config"] = BlobPath(config),
            ["RepoTags"] = new JsonArray(name),
            ["Layers"] = new JsonArray(BlobPath(layer)),
        }).ToJsonString()));
        foreach (byte[] blob in (byte[][])[config, layer, manifest])
        {
            Add(archive, BlobPath(blob), blob);
        }
    }

    private static string BlobPath(byte[] blob) => "blobs/sha256/" + Digest(blob)["sha256:".Length..];

    private static JsonObject Descriptor(string type, byte[] blob) =>
        new() { ["mediaType"] = type, ["digest"] = Digest(blob), ["size"] = blob.Length };

    private static string Digest(byte[] blob) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(blob));

    private static byte[] Json(JsonObject value) => Encoding.UTF8.GetBytes(value.ToJsonString());

    private static void Add(TarWriter archive, string path, byte[] content)
    {
        using MemoryStream data = new(content);
        archive.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, path) { DataStream = data });
    }
}
