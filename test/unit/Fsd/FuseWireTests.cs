using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Fuse.Wire;
using Xunit;

namespace KataShimNet.UnitTests.Fsd;

/// <summary>Sizes and offsets as in linux/fuse.h; the numbers here are those of the C compiler, not of our structs.</summary>
public class FuseWireTests
{
    [Theory]
    [InlineData("InHeader", 40)]
    [InlineData("OutHeader", 16)]
    [InlineData("FuseAttr", 88)]
    [InlineData("AttrOut", 104)]
    [InlineData("EntryOut", 128)]
    [InlineData("GetattrIn", 16)]
    [InlineData("SetattrIn", 88)]
    [InlineData("SxTime", 16)]
    [InlineData("StatxIn", 24)]
    [InlineData("FuseStatx", 256)]
    [InlineData("StatxOut", 288)]
    [InlineData("InitIn", 64)]
    [InlineData("InitOut", 64)]
    [InlineData("ForgetIn", 8)]
    [InlineData("ForgetOne", 16)]
    [InlineData("BatchForgetIn", 8)]
    [InlineData("SyncfsIn", 8)]
    [InlineData("MknodIn", 16)]
    [InlineData("MkdirIn", 8)]
    [InlineData("RenameIn", 8)]
    [InlineData("Rename2In", 16)]
    [InlineData("LinkIn", 8)]
    [InlineData("AccessIn", 8)]
    [InlineData("OpenIn", 8)]
    [InlineData("CreateIn", 16)]
    [InlineData("OpenOut", 16)]
    [InlineData("CreateOut", 144)]
    [InlineData("ReleaseIn", 24)]
    [InlineData("FlushIn", 24)]
    [InlineData("FsyncIn", 16)]
    [InlineData("ReadIn", 40)]
    [InlineData("WriteIn", 40)]
    [InlineData("WriteOut", 8)]
    [InlineData("FallocateIn", 32)]
    [InlineData("LseekIn", 24)]
    [InlineData("LseekOut", 8)]
    [InlineData("CopyFileRangeIn", 56)]
    [InlineData("CopyFileRangeOut", 8)]
    [InlineData("Dirent", 24)]
    [InlineData("StatfsOut", 80)]
    [InlineData("FileLock", 24)]
    [InlineData("LkIn", 48)]
    [InlineData("LkOut", 24)]
    [InlineData("SetxattrIn", 8)]
    [InlineData("GetxattrIn", 8)]
    [InlineData("GetxattrOut", 8)]
    [InlineData("InterruptIn", 8)]
    [InlineData("IoctlIn", 32)]
    [InlineData("IoctlOut", 16)]
    [InlineData("SetupmappingIn", 40)]
    [InlineData("RemovemappingIn", 4)]
    [InlineData("RemovemappingOne", 16)]
    [InlineData("ExtensionHeader", 8)]
    [InlineData("SecurityContextHeader", 8)]
    [InlineData("SetxattrMore", 8)]
    public void A_struct_has_the_size_of_the_header(string name, int size)
    {
        var type = typeof(InHeader).Assembly.GetType("KataShimNet.Fsd.Fuse.Wire." + name, throwOnError: true)!;
        Assert.Equal(size, Marshal.SizeOf(type));
        Assert.Equal(size, (int)type.GetField("Size", BindingFlags.Public | BindingFlags.Static)!.GetRawConstantValue()!);
    }

    [Fact]
    public void Every_struct_of_the_namespace_has_its_size_tested()
    {
        var tested = typeof(FuseWireTests).GetMethod(nameof(A_struct_has_the_size_of_the_header))!
            .GetCustomAttributesData().Where(a => a.AttributeType == typeof(InlineDataAttribute))
            .Select(a => (string)((System.Collections.Generic.IReadOnlyList<CustomAttributeTypedArgument>)a.ConstructorArguments[0].Value!)[0].Value!)
            .ToHashSet();
        var all = typeof(InHeader).Assembly.GetTypes()
            .Where(t => t.Namespace == "KataShimNet.Fsd.Fuse.Wire" && t.IsValueType).Select(t => t.Name);
        Assert.Empty(all.Except(tested));
    }

    [Theory]
    [InlineData(typeof(SetattrIn), nameof(SetattrIn.Uid), 76)]
    [InlineData(typeof(FuseAttr), nameof(FuseAttr.Mode), 60)]
    [InlineData(typeof(EntryOut), nameof(EntryOut.Attributes), 40)]
    [InlineData(typeof(InitOut), nameof(InitOut.Flags2), 32)]
    [InlineData(typeof(InHeader), nameof(InHeader.ExtensionLength), 36)]
    [InlineData(typeof(FuseStatx), nameof(FuseStatx.BirthTime), 80)]
    public void A_field_is_where_the_header_has_it(System.Type type, string field, int offset) =>
        Assert.Equal(offset, (int)Marshal.OffsetOf(type, field));

    [Theory]
    [InlineData(8, 1)]
    [InlineData(259, 1048575)]
    [InlineData(4095, 256)]
    public void A_device_number_survives_both_forms(uint major, uint minor)
    {
        var device = DeviceNumber.ToDevT(DeviceNumber.Encode(major, minor));
        Assert.Equal(((ulong)major << 8) | (minor & 0xff) | ((ulong)(minor & ~0xffu) << 12), device);
    }
}
