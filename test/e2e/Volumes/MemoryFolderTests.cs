using System.IO;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Volumes;

public sealed class MemoryFolderTests(NodeFixture fixture) : PodVolumeTest(fixture)
{
    [Fact]
    public async Task An_emptyDir_of_memory_is_the_guests_and_the_pods()
    {
        string folder = $"{PodFolder}/volumes/kubernetes.io~empty-dir/cache";
        string sub = $"{PodFolder}/volume-subpaths/cache/two/0";
        Directory.CreateDirectory(OnHost(folder));
        Directory.CreateDirectory(OnHost(sub));
        // As kubelet makes one with a size limit and an fsGroup.
        (await Node.RunAsync("sh", "-c", $"mount -t tmpfs -o size=3m,mode=777 tmpfs {folder} && chgrp 1234 {folder} && chmod g+rwxs {folder} && mkdir {folder}/sub && mount --bind {folder}/sub {sub}")).Exits(0);

        string one = await JoinAsync(Bind(folder, "/cache"), "sleep", "1000");
        (await ShellAsync(one, "stat -c '%a %g' /cache; grep ' /cache ' /proc/mounts | cut -d' ' -f3; df -k /cache | tail -1 | awk '{print $2}'"))
            .Exits(0).Prints("2777 1234\ntmpfs\n3072");
        (await ShellAsync(one, "dd if=/dev/zero of=/cache/big bs=1M count=4; rm /cache/big; echo kept > /cache/kept; stat -c %g /cache/kept"))
            .Exits(0).Prints("1234");

        // An init container's end must not empty it.
        await JoinAsync([], "sleep", "1000");
        string two = await JoinAsync([.. Bind(folder, "/cache"), .. Bind(sub, "/sub")], "sleep", "1000");
        (await ShellAsync(two, "cat /cache/kept; echo x > /sub/x; cat /cache/sub/x")).Exits(0).Prints("kept\nx");
        await RemoveAsync(two);
        string three = await JoinAsync(Bind(folder, "/cache"), "sleep", "1000");
        (await ShellAsync(three, "cat /cache/kept /cache/sub/x")).Exits(0).Prints("kept\nx");
        Assert.Empty(Directory.GetFiles(OnHost(folder)));
    }
}
