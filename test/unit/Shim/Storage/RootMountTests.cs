using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Containerd.Types;
using KataShimNet.Linux;
using KataShimNet.Shim.Storage;
using KataShimNet.Shim.Storage.Roots;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Storage;

/// <summary>Real mounts; the folder lies on tmpfs, which every kernel takes as upper layer.</summary>
public sealed class RootMountTests : IDisposable
{
    private readonly string _folder = Directory.CreateDirectory($"/dev/shm/katanet-{Guid.NewGuid():N}").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void AnOverlayOfSixtyFourLayersWithLongPaths()
    {
        var parent = Path.Combine(_folder, new string('p', 200), new string('q', 200));
        var layers = Enumerable.Range(0, 64).Select(i => Make(parent, $"layer{i}", $"from-{i}")).ToArray();
        var upper = Make(parent, "upper", "from-upper");
        using (var root = RootMount.Build(
            [Overlay($"lowerdir={string.Join(':', layers)}", $"upperdir={upper}", $"workdir={Make(parent, "work")}", "index=off", "volatile")], "/none"))
        {
            Assert.False(root.ReadOnly);
            var inside = $"/proc/self/fd/{root.Fd.Fd}";
            Assert.Equal(65, Directory.GetFiles(inside).Length);
            File.WriteAllText($"{inside}/written", "x");
            Assert.True(File.Exists(Path.Combine(upper, "written")));
        }

        Assert.DoesNotContain(_folder, File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
    }

    [Fact]
    public void AnOlderKernelsOverlayOfSixtyFourLayers()
    {
        var table = File.ReadAllText("/proc/self/mountinfo");
        var layers = Enumerable.Range(0, 64).Select(i => Make(_folder, $"layer{i}", $"from-{i}")).ToArray();
        var upper = Make(_folder, "upper", "from-upper");
        var options = MountOptions.Parse(
            [$"lowerdir={string.Join(':', layers)}", $"upperdir={upper}", $"workdir={Make(_folder, "work")}", "index=off", "volatile"]);
        using var root = DetachedOverlay.Mount(options, oneByOne: false);
        var inside = $"/proc/self/fd/{root.Fd}";
        Assert.Equal(65, Directory.GetFiles(inside).Length);
        File.WriteAllText($"{inside}/written", "x");
        Assert.True(File.Exists(Path.Combine(upper, "written")));
        Assert.Equal(table, File.ReadAllText("/proc/self/mountinfo"));
    }

    [Fact]
    public void AnOlderKernelsOverlayKeepsAttributesAndNamesWhatItCannotDo()
    {
        var layer = Make(_folder, "a", "x");
        using (var root = DetachedOverlay.Mount(MountOptions.Parse(["ro", $"lowerdir={layer}:{Make(_folder, "b")}"]), oneByOne: false))
            Assert.ThrowsAny<IOException>(() => File.WriteAllText($"/proc/self/fd/{root.Fd}/y", ""));
        var many = string.Join(':', Enumerable.Repeat(layer, 300));
        Assert.Contains("Linux 6.7", Assert.Throws<StorageException>(() => DetachedOverlay.Mount(MountOptions.Parse([$"lowerdir={many}"]), oneByOne: false)).Message, StringComparison.Ordinal);
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => DetachedOverlay.Mount(MountOptions.Parse([$"lowerdir={layer}", "no_such_option"]), oneByOne: false)).Errno);
    }

    [Fact]
    public void AnOverlayWithoutAnUpperLayerIsReadOnly()
    {
        using var root = RootMount.Build([Overlay($"lowerdir={Make(_folder, "a", "x")}:{Make(_folder, "b", "y")}")], "/none");
        Assert.True(root.ReadOnly);
        Assert.Equal(2, Directory.GetFiles($"/proc/self/fd/{root.Fd.Fd}").Length);
    }

    [Fact]
    public void ABindIsAClone()
    {
        var source = Make(_folder, "source", "x");
        using var root = RootMount.Build([new Mount { Type = "bind", Source = source, Options = { "rbind", "ro" } }], "/none");
        Assert.True(root.ReadOnly);
        var inside = $"/proc/self/fd/{root.Fd.Fd}";
        Assert.True(File.Exists($"{inside}/x"));
        Assert.ThrowsAny<IOException>(() => File.WriteAllText($"{inside}/y", ""));
    }

    [Fact]
    public void WithoutMountsTheReadyFolderIsTaken()
    {
        using var root = RootMount.Build([], Make(_folder, "ready", "x"));
        Assert.True(File.Exists($"/proc/self/fd/{root.Fd.Fd}/x"));
    }

    [Fact]
    public void AMissingLayerIsNamed()
    {
        var error = Assert.Throws<StorageException>(() => RootMount.Build([Overlay($"lowerdir={_folder}/gone")], "/none"));
        Assert.Contains($"{_folder}/gone", error.Message, StringComparison.Ordinal);
        Assert.Equal(Errno.ENOENT, Assert.IsType<LinuxException>(error.InnerException).Errno);
    }

    [Fact]
    public void EachOfSeveralMountsCoversWhatItsTargetIsInTheRoot()
    {
        var table = File.ReadAllText("/proc/self/mountinfo");
        var root = Make(_folder, "root", "x");
        Make(root, "data", "covered");
        // Where the container will find it, and not where the host would.
        File.CreateSymbolicLink(Path.Combine(root, "link"), "/../data");
        using var built = RootMount.Build(
            [Bind(Make(_folder, "below", "never seen")), Bind(root, "ro"), Bind(Make(_folder, "top", "y"), target: "link"), Bind(Make(_folder, "a", "z"), target: "/data")], "/none");
        var inside = $"/proc/self/fd/{built.Fd.Fd}";
        Assert.Equal(["data", "link", "x"], Directory.GetFileSystemEntries(inside).Select(Path.GetFileName).Order());
        Assert.Equal(["z"], Directory.GetFiles($"{inside}/data").Select(Path.GetFileName));
        Assert.ThrowsAny<IOException>(() => File.WriteAllText($"{inside}/new", ""));
        Assert.Equal(table, File.ReadAllText("/proc/self/mountinfo"));
        Assert.False(built.ReadOnly, "the folder in the middle can be written");
    }

    [Fact]
    public void SeveralMountsOfWhichNoneCanBeWrittenAreReadOnly()
    {
        var below = Make(_folder, "a");
        Make(below, "sub");
        using var root = RootMount.Build([Bind(_folder), Bind(below, "ro"), Bind(Make(_folder, "b"), "ro", target: "sub")], "/none");
        Assert.True(root.ReadOnly);
    }

    [Fact]
    public void AMountOnAFolderNeedsARoot()
    {
        var error = Assert.Throws<StorageException>(() => RootMount.Build([Bind(_folder, target: "usr")], "/none"));
        Assert.Contains("usr", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<StorageException>(() => RootMount.Build([Bind(_folder), Bind(_folder, target: "gone")], "/none"));
        Assert.Equal(Errno.ENOENT, Assert.IsType<LinuxException>(error.InnerException).Errno);
    }

    [Theory]
    [InlineData("loop")]
    [InlineData("loop", "ro")]
    public async Task AnImageFileIsMountedByALoopDeviceThatGoesWithIt(params string[] options)
    {
        var image = Path.Combine(_folder, "image");
        using var mkfs = Process.Start("mkfs.ext4", ["-q", "-d", Make(_folder, "content", "x"), image, "4M"]);
        await mkfs.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, mkfs.ExitCode);
        using (var root = RootMount.Build([new Mount { Type = "ext4", Source = image, Options = { options } }], "/none"))
        {
            Assert.Equal(options.Contains("ro"), root.ReadOnly);
            Assert.Equal("x", await File.ReadAllTextAsync($"/proc/self/fd/{root.Fd.Fd}/x", TestContext.Current.CancellationToken));
            Assert.Contains(image, BackingFiles());
        }

        // The kernel takes a file system down after its last descriptor has been closed.
        for (var begin = Environment.TickCount64; BackingFiles().Contains(image) && Environment.TickCount64 - begin < 20_000;)
            await Task.Delay(10, TestContext.Current.CancellationToken);
        Assert.DoesNotContain(image, BackingFiles());
    }

    private static Mount Overlay(params string[] options) => new() { Type = "overlay", Source = "overlay", Options = { options } };

    private static Mount Bind(string source, string option = "rw", string target = "") => new() { Type = "bind", Source = source, Target = target, Options = { "rbind", option } };

    private static string[] BackingFiles() =>
        [.. Directory.GetDirectories("/sys/block", "loop*").Select(device => Path.Combine(device, "loop/backing_file")).Where(File.Exists).Select(file => File.ReadAllText(file).Trim())];

    private static string Make(string parent, string name, params string[] files)
    {
        var folder = Directory.CreateDirectory(Path.Combine(parent, name)).FullName;
        foreach (var file in files)
            File.WriteAllText(Path.Combine(folder, file), file);
        return folder;
    }
}
