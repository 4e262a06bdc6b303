using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Host;
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

    [Theory]
    [InlineData("virtio-blk", "/sys/block/vd?")]
    [InlineData("virtio-scsi", "/sys/block/sd?")]
    public async Task Queues_sectors_and_the_thread_of_a_disk_are_those_of_the_settings(string driver, string disk)
    {
        string config = $"/etc/katanet/{driver}-queues.yaml";
        await Node.WriteFileAsync(
            config,
            $"""
            agent:
              start_timeout_seconds: 300
            hypervisor:
              vcpus: 3
              max_vcpus: 3
              block_device_driver: {driver}
              block_queues: 3
              block_queue_size: 64
              block_logical_sector: 1024
              block_physical_sector: 4096
              block_iothread: true
              extra_monitor_socket: qmp
            """);
        try
        {
            string id = await JoinAsync(["--runtime-config-path", config, "--device", _device], "sleep", "1000");
            CommandResult seen = (await ShellAsync(id, $"cd {disk}; cat queue/logical_block_size queue/physical_block_size; ls mq | wc -l; dd if={_device} bs=1024 skip=1 count=1 2>/dev/null | od -A n -t x2 -j 56 -N 2")).Exits(0);
            seen.Prints("1024\n4096\n3\n ef53");
            await using ExtraMonitorClient monitor = await ExtraMonitorClient.ConnectAsync(Node, id);
            Assert.Equal("disks", (await monitor.AskAsync("query-iothreads")).EnumerateArray().Single().GetProperty("id").GetString());
            // The rings as QEMU has them; virtio-scsi has two more, for control and events.
            (string type, string name, int first) = driver == "virtio-blk" ? ("virtio-blk-device", "virtio-blk", 0) : ("virtio-scsi-device", "virtio-scsi", 2);
            string path = (await monitor.AskAsync("x-query-virtio")).EnumerateArray().Single(device => device.GetProperty("name").GetString() == name).GetProperty("path").GetString()!;
            Assert.EndsWith("virtio-backend", path, StringComparison.Ordinal);
            for (int queue = first; queue < first + 3; queue++)
            {
                int size = (await monitor.AskAsync("x-query-virtio-queue-status", new { path, queue })).GetProperty("vring-num").GetInt32();
                Assert.True(size == 64, $"queue {queue} of {type} has {size} descriptors");
            }
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
