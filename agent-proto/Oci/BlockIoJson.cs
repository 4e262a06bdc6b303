using System.Text.Json;
using Google.Protobuf.Collections;
using KataShimNet.AgentProto.Kata.Oci;

namespace KataShimNet.AgentProto.Oci;

/// <summary>Limits of block devices: config-linux.md, "Block IO". Weights of 0 are not set; a rate of 0 takes a limit away.</summary>
internal static class BlockIoJson
{
    public static LinuxBlockIO Read(OciNode node)
    {
        var blockIo = new LinuxBlockIO { Weight = node.UInt32("weight"), LeafWeight = node.UInt32("leafWeight") };
        foreach (OciNode item in node.Children("weightDevice"))
        {
            blockIo.WeightDevice.Add(new LinuxWeightDevice
            {
                Major = item.Int64("major"),
                Minor = item.Int64("minor"),
                Weight = item.UInt32("weight"),
                LeafWeight = item.UInt32("leafWeight"),
            });
        }
        ReadRates(node, "throttleReadBpsDevice", blockIo.ThrottleReadBpsDevice);
        ReadRates(node, "throttleWriteBpsDevice", blockIo.ThrottleWriteBpsDevice);
        ReadRates(node, "throttleReadIOPSDevice", blockIo.ThrottleReadIOPSDevice);
        ReadRates(node, "throttleWriteIOPSDevice", blockIo.ThrottleWriteIOPSDevice);
        return blockIo;
    }

    public static void Write(Utf8JsonWriter json, string key, LinuxBlockIO blockIo)
    {
        json.WriteStartObject(key);
        json.NumberIfSet("weight", blockIo.Weight);
        json.NumberIfSet("leafWeight", blockIo.LeafWeight);
        json.ObjectsIfAny("weightDevice", blockIo.WeightDevice, static (json, item) =>
        {
            json.WriteNumber("major", item.Major);
            json.WriteNumber("minor", item.Minor);
            json.NumberIfSet("weight", item.Weight);
            json.NumberIfSet("leafWeight", item.LeafWeight);
        });
        json.ObjectsIfAny("throttleReadBpsDevice", blockIo.ThrottleReadBpsDevice, WriteRate);
        json.ObjectsIfAny("throttleWriteBpsDevice", blockIo.ThrottleWriteBpsDevice, WriteRate);
        json.ObjectsIfAny("throttleReadIOPSDevice", blockIo.ThrottleReadIOPSDevice, WriteRate);
        json.ObjectsIfAny("throttleWriteIOPSDevice", blockIo.ThrottleWriteIOPSDevice, WriteRate);
        json.WriteEndObject();
    }

    private static void ReadRates(OciNode node, string key, RepeatedField<LinuxThrottleDevice> into)
    {
        foreach (OciNode item in node.Children(key))
        {
            into.Add(new LinuxThrottleDevice
            {
                Major = item.Int64("major"),
                Minor = item.Int64("minor"),
                Rate = item.UInt64("rate"),
            });
        }
    }

    private static void WriteRate(Utf8JsonWriter json, LinuxThrottleDevice device)
    {
        json.WriteNumber("major", device.Major);
        json.WriteNumber("minor", device.Minor);
        json.WriteNumber("rate", device.Rate);
    }
}
