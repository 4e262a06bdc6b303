using System.IO;
using System.Text;
using System.Text.Json.Nodes;
using KataShimNet.AgentProto.Kata.Oci;
using KataShimNet.AgentProto.Oci;

namespace KataShimNet.UnitTests.Oci;

/// <summary>Documents for the tests: real ones, and ones from a line of text.</summary>
internal static class OciDocuments
{
    public static byte[] Real(string name)
    {
        using Stream stream = typeof(OciDocuments).Assembly.GetManifestResourceStream(name)!;
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    public static Spec Spec(string json) => OciJson.ReadSpec(Encoding.UTF8.GetBytes(json));

    public static JsonObject Written(Spec spec) => JsonNode.Parse(OciJson.WriteSpec(spec))!.AsObject();

    public static JsonObject Written(LinuxResources resources) => JsonNode.Parse(OciJson.WriteResources(resources))!.AsObject();
}
