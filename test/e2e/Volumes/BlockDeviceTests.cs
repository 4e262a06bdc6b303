using System;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Volumes;

public sealed class BlockDeviceTests(NodeFixture fixture) : PodVolumeTest(fixture)
{
    private string _device = "";

    // Loop devices are the machine's: beside other nodes the name tells which is ours.
    private string Image => $"/state/disk-{Node.Id}.img";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        string script = $"truncate -s 24M {Image} && mkfs.ext4 -q {Image} && losetup --find --show {Image}";
        _device = (await Node.RunAsync("sh", "-c", script)).Exits(0).Text.Trim();
    }

    public override async ValueTask DisposeAsync()
    {
        await EndPodAsync();
        // Nothing of the host holds the device any more, or this would only mark it for later.
        (await Node.RunAsync("losetup", "--detach", _device)).Exits(0);
        Assert.DoesNotContain(Image, (await Node.RunAsync("losetup", "--list", "--output", "BACK-FILE")).Exits(0).Text, StringComparison.Ordinal);
        File.Delete(OnHost(Image));
        await base.DisposeAsync();
    }

    [Theory]
    [InlineData("virtio-blk")]
    [InlineData("virtio-scsi")]
    public async Task A_block_device_is_a_node_and_a_file_system(string driver)
    {
        string config = $"/etc/katanet/{driver}.yaml";
        await Node.WriteFileAsync(config, $"hypervisor:\n  block_device_driver: {driver}\n");
        try
        {
            // As a node, for this container alone.
            string one = await JoinAsync(["--runtime-config-path", config, "--device", _device], "sleep", "1000");
            CommandResult node = (await ShellAsync(one, $"stat -c %F {_device}; blockdev --getsize64 {_device}; dd if={_device} bs=1024 skip=1 count=1 2>/dev/null | od -A n -t x2 -j 56 -N 2")).Exits(0);
            node.Prints("block special file\n25165824\n ef53");

            // As a file system, mounted by the guest; what it writes is on the host's device.
            string two = await JoinAsync(["--mount", $"type=ext4,src={_device},dst=/disk"], "sleep", "1000");
            (await ShellAsync(two, "grep ' /disk ' /proc/mounts | cut -d' ' -f3; echo of the guest > /disk/file; sync; ls -d /disk/lost+found; ls " + _device + " 2>&1"))
                .FailsNaming("ext4", "/disk/lost+found", "No such file");
            await RemoveAsync(two);
            await RemoveAsync(one);
            (await Node.RunAsync("sh", "-c", $"mount {_device} /mnt && cat /mnt/file && umount /mnt")).Exits(0).Prints("of the guest");
        }
        finally
        {
            File.Delete(OnHost(config));
        }
    }

    [Fact]
    public async Task A_read_only_device_cannot_be_written()
    {
        (await Node.RunAsync("blockdev", "--setro", _device)).Exits(0);
        // The host refuses to open it for writing: the error says which device.
        (await RunAsync(new Containers.ContainerOptions { Arguments = ["--device", _device] }, "true")).FailsNaming(_device, "denied");
        (await RunAsync(
            new Containers.ContainerOptions { Arguments = ["--mount", $"type=ext4,src={_device},dst=/disk,options=ro:noload"] },
            "sh", "-c", "ls -d /disk/lost+found && ! touch /disk/x && mount | grep -c ' /disk .*ro'")).Exits(0);
        (await Node.RunAsync("blockdev", "--setrw", _device)).Exits(0);
    }

    [Fact]
    public async Task A_privileged_container_mounts_the_disk_that_it_was_given()
    {
        string id = await JoinAsync(["--privileged", "--privileged-without-host-devices"], "sleep", "1000");
        (await ShellAsync(id, "mount -t tmpfs x /mnt && umount /mnt && ls /dev/loop* 2>&1")).FailsNaming("No such file");
        string raw = await JoinAsync(
            ["--privileged", "--privileged-without-host-devices", "--device", _device, .. Bind(_device, "/dev/raw", "rbind:rw")], "sleep", "1000");
        (await ShellAsync(raw, "mount -t ext4 /dev/raw /mnt && ls -d /mnt/lost+found && umount /mnt")).Exits(0).Prints("/mnt/lost+found");
    }
}
