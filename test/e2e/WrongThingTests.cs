using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Images;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests;

/// <summary>What can be wrong with a container: ctr's words name the cause, in time, and nothing stays behind.</summary>
public sealed class WrongThingTests(NodeFixture fixture) : ContainerTest(fixture)
{
    [Fact]
    public async Task A_command_that_is_not_in_the_image() =>
        (await RunAsync("no-such-program")).FailsNaming("ctr:", "no-such-program");

    [Fact]
    public async Task An_image_of_the_wrong_architecture() =>
        (await RunAsync(new ContainerOptions { Image = TestImages.Foreign, Arguments = ["--platform", "linux/arm64"] }, "/bin/app"))
            .FailsNaming("/bin/app", "format error");

    [Fact]
    public async Task A_full_disk()
    {
        await using NativeSnapshots snapshots = await NativeSnapshots.MountAsync(Node, "24m");
        ContainerOptions options = new() { Arguments = ["--snapshotter", "native"] };
        CommandResult result = await RunAsync(options, "sh", "-c", "dd if=/dev/zero of=/full bs=1M count=64 && echo written");
        result.FailsNaming("No space left on device");
        Assert.DoesNotContain("written", result.Text);
    }

    [Fact]
    public async Task A_read_only_snapshot()
    {
        await using NativeSnapshots snapshots = await NativeSnapshots.MountAsync(Node, "64m");
        string id = NewId();
        (await CtrAsync(
            "containers", "create", "--runtime", TestNode.Runtime, "--snapshotter", "native", TestImages.Busybox, id, "touch", "/new")).Exits(0);
        await snapshots.MakeReadOnlyAsync();
        (await Node.RunAsync(StartLimit, null, "ctr", "tasks", "start", id)).FailsNaming("Read-only file system");
        await RemoveAsync(id);
        await snapshots.MakeWritableAsync();
    }

    [Fact]
    public async Task A_root_that_is_asked_to_be_read_only() =>
        (await RunAsync(new ContainerOptions { Arguments = ["--read-only"] }, "touch", "/new")).FailsNaming("Read-only file system");

    [Fact]
    public async Task A_mount_whose_source_is_missing() =>
        (await RunAsync(
            new ContainerOptions { Arguments = ["--mount", "type=bind,src=/state/missing,dst=/mnt,options=rbind:rw"] }, "true"))
            .FailsNaming("ctr:", "/state/missing");
}
