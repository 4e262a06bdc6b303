using System.IO;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Containerd.Options;
using KataShimNet.Shim.Commands;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Commands;

public sealed class StartInputTests
{
    [Fact]
    public void NothingNamesNothing() => Assert.Null(StartInput.ConfigPath([], "abc"));

    [Fact]
    public void AnyOfOptionsNamesItsPath() => Assert.Equal("/etc/k.yaml", StartInput.ConfigPath(OptionsAny("/etc/k.yaml").ToByteArray(), "abc"));

    [Fact]
    public void AnyWithAPrefixedTypeNamesItsPath()
    {
        var any = OptionsAny("/etc/k.yaml");
        any.TypeUrl = "type.googleapis.com/" + any.TypeUrl;
        Assert.Equal("/etc/k.yaml", StartInput.ConfigPath(any.ToByteArray(), "abc"));
    }

    [Fact]
    public void OptionsOfAnotherRuntimeNameNothing() =>
        Assert.Null(StartInput.ConfigPath(new Any { TypeUrl = "containerd.runc.v1.Options", Value = ByteString.CopyFromUtf8("\x0a\x03abc") }.ToByteArray(), "abc"));

    [Fact]
    public void BootstrapParamsNameThePathAmongTheirExtensions() =>
        Assert.Equal("/etc/k.yaml", StartInput.ConfigPath(Bootstrap("abc", OptionsAny("/etc/k.yaml")), "abc"));

    [Fact]
    public void BootstrapParamsWithoutExtensionsNameNothing() => Assert.Null(StartInput.ConfigPath(Bootstrap("abc", null), "abc"));

    [Fact]
    public void BootstrapParamsAreKnownByTheirIdAlone()
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
        {
            output.WriteTag(1, WireFormat.WireType.LengthDelimited);
            output.WriteString("abc");
            output.WriteTag(2, WireFormat.WireType.LengthDelimited);
            output.WriteString("default");
        }

        Assert.Null(StartInput.ConfigPath(bytes.ToArray(), "abc"));
    }

    [Fact]
    public void OtherBytesAreRefused() => Assert.Throws<InvalidDataException>(() => StartInput.ConfigPath([0x0a, 0x7f, 0x01], "abc"));

    private static Any OptionsAny(string path) =>
        new() { TypeUrl = "runtimeoptions.v1.Options", Value = new Options { ConfigPath = path }.ToByteString() };

    private static byte[] Bootstrap(string id, Any? extension)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
        {
            output.WriteTag(1, WireFormat.WireType.LengthDelimited);
            output.WriteString(id);
            output.WriteTag(2, WireFormat.WireType.LengthDelimited);
            output.WriteString("default");
            output.WriteTag(3, WireFormat.WireType.Varint);
            output.WriteInt32(4);
            output.WriteTag(4, WireFormat.WireType.LengthDelimited);
            output.WriteString("v2.3.0");
            if (extension is not null)
            {
                // A message with one field, number 1, that is the Any.
                var any = extension.ToByteString();
                output.WriteTag(8, WireFormat.WireType.LengthDelimited);
                output.WriteLength(CodedOutputStream.ComputeTagSize(1) + CodedOutputStream.ComputeBytesSize(any));
                output.WriteTag(1, WireFormat.WireType.LengthDelimited);
                output.WriteBytes(any);
            }
        }

        return bytes.ToArray();
    }
}
