using System;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Images;
using KataShimNet.EndToEndTests.Nodes;

namespace KataShimNet.EndToEndTests.Containers;

/// <summary>A small file system of its own under the snapshots of containerd's native snapshotter: it can be full or read-only.</summary>
public sealed class NativeSnapshots : IAsyncDisposable
{
    private const string Folder = "/var/lib/containerd/io.containerd.snapshotter.v1.native/snapshots";

    // A folder for this alone: ctr unmounts all that is mounted there, also what was before.
    private const string Target = "/mnt/unpack";

    private readonly TestNode _node;

    private NativeSnapshots(TestNode node) => _node = node;

    /// <summary>Makes containerd open the snapshotter's data base, which it does at the first use and then keeps open.</summary>
    public static async Task WakeAsync(TestNode node)
    {
        (await node.RunAsync("ctr", "snapshots", "--snapshotter", "native", "prepare", "first")).Exits(0);
        (await node.RunAsync("ctr", "snapshots", "--snapshotter", "native", "rm", "first")).Exits(0);
    }

    /// <summary>Mounts the file system and unpacks the test image there.</summary>
    public static async Task<NativeSnapshots> MountAsync(TestNode node, string size)
    {
        // Not tmpfs: as on a disk, what is written lately may find no room only when it is flushed.
        string script = $"truncate -s {size} /state/native.img && mkfs.ext4 -q -m 0 /state/native.img && mount -o loop /state/native.img {Folder} && rmdir {Folder}/lost+found";
        (await node.RunAsync("sh", "-c", script)).Exits(0);
        NativeSnapshots snapshots = new(node);
        try
        {
            (await node.RunAsync("mkdir", Target)).Exits(0);
            (await node.RunAsync(TimeSpan.FromMinutes(1), null, "ctr", "images", "mount", "--snapshotter", "native", TestImages.Busybox, Target)).Exits(0);
            (await node.RunAsync("ctr", "images", "unmount", "--rm", "--snapshotter", "native", Target)).Exits(0);
            (await node.RunAsync("rmdir", Target)).Exits(0);
            return snapshots;
        }
        catch
        {
            await snapshots.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes the file system refuse every write, for all its mounts.</summary>
    public async Task MakeReadOnlyAsync() => (await _node.RunAsync("mount", "-o", "remount,ro", Folder)).Exits(0);

    /// <summary>Takes that back.</summary>
    public async Task MakeWritableAsync() => (await _node.RunAsync("mount", "-o", "remount,rw", Folder)).Exits(0);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // The committed layers go first, or containerd would believe that it still has them.
        const string Script = $$"""
            for round in 1 2 3; do
                ctr snapshots --snapshotter native ls | sed 1d | awk '{print $1}' | while read -r key; do
                    ctr snapshots --snapshotter native rm "$key" 2>/dev/null
                done
            done
            # containerd deletes the folders a little later.
            for attempt in $(seq 100); do
                umount {{Folder}} 2>/dev/null && rm /state/native.img && exit
                sleep 0.1
            done
            umount {{Folder}}
            """;
        (await _node.RunAsync("sh", "-c", Script)).Exits(0);
    }
}
