using System;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Nodes;

namespace KataShimNet.EndToEndTests.Images;

/// <summary>The images that the tests run, made on the spot from the node's own programs: no registry is asked.</summary>
public static class TestImages
{
    /// <summary>Busybox, our probe, and GNU find, getfattr and setfattr with their libraries.</summary>
    public const string Busybox = "katanet.test/busybox:1";

    /// <summary>An image for arm64 with one program, /bin/app.</summary>
    public const string Foreign = "katanet.test/foreign:1";

    /// <summary>What a pod's first container runs: it waits, reaps, and ends when it is told to. deploy/containerd names it.</summary>
    public const string Pause = "localhost/pause:test";

    /// <summary>Makes and imports the images, for <c>ctr</c>.</summary>
    public static async Task ImportAsync(TestNode node)
    {
        await ImportAsync(node, "default", Busybox, "amd64", await BusyboxLayerAsync(node), "/bin/sh");
        await ImportAsync(node, "default", Foreign, "arm64", ForeignLayer(), "/bin/app");
    }

    /// <summary>Writes the archive with <see cref="Busybox"/> to a file.</summary>
    public static async Task WriteBusyboxAsync(TestNode node, string path) =>
        OciArchive.Write(path, Busybox, "amd64", await BusyboxLayerAsync(node), "/bin/sh");

    /// <summary>Makes and imports the images that pods use.</summary>
    public static async Task ImportForPodsAsync(TestNode node)
    {
        await ImportAsync(node, "k8s.io", Busybox, "amd64", await BusyboxLayerAsync(node), "/bin/sh");
        await ImportAsync(
            node, "k8s.io", Pause, "amd64", await PauseLayerAsync(node), "/bin/busybox", "sh", "-c", "trap 'exit 0' TERM INT; while :; do sleep 1000 & wait $!; done");
    }

    /// <summary>Imports an image that pods use.</summary>
    /// <param name="node">The node.</param>
    /// <param name="name">Its name.</param>
    /// <param name="layer">Its one layer: an uncompressed tar archive.</param>
    public static Task ImportForPodsAsync(TestNode node, string name, byte[] layer) => ImportAsync(node, "k8s.io", name, "amd64", layer, "/bin/sh");

    private static async Task<byte[]> PauseLayerAsync(TestNode node)
    {
        using ImageLayer layer = new();
        foreach (string folder in (string[])["bin", "dev", "etc", "proc", "sys"])
        {
            layer.AddFolder(folder);
        }

        layer.AddFile("bin/busybox", await File.ReadAllBytesAsync(node.Root + "/usr/bin/busybox"));
        layer.AddLink("bin/sleep", "busybox");
        return layer.ToArray();
    }

    private static async Task ImportAsync(TestNode node, string containerdNamespace, string name, string architecture, byte[] layer, params string[] command)
    {
        OciArchive.Write(Path.Combine(node.State, "image.tar"), name, architecture, layer, command);
        (await node.RunAsync(
            TimeSpan.FromMinutes(2), null, "ctr", "--namespace", containerdNamespace, "images", "import", "--platform", $"linux/{architecture}", "/state/image.tar")).Exits(0);
        File.Delete(Path.Combine(node.State, "image.tar"));
    }

    private static async Task<byte[]> BusyboxLayerAsync(TestNode node)
    {
        using ImageLayer layer = new();
        foreach (string folder in (string[])["bin", "dev", "etc", "home", "lib64", "mnt", "proc", "root", "share", "sys", "usr", "usr/bin", "usr/lib", "var"])
        {
            layer.AddFolder(folder);
        }

        layer.AddFolder("tmp", 0b001_111_111_111);
        layer.AddText("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nguest:x:1000:1000::/home:/bin/sh\n");
        layer.AddText("etc/group", "root:x:0:\nguest:x:1000:\n");
        layer.AddFile("bin/busybox", await File.ReadAllBytesAsync(node.Root + "/usr/bin/busybox"));
        string applets = (await node.RunAsync("busybox", "--list")).Exits(0).Text;
        foreach (string applet in applets.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (applet is not ("busybox" or "find"))
            {
                layer.AddLink("bin/" + applet, "busybox");
            }
        }

        layer.AddFile("bin/probe", await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "probe")));
        await AddProgramsAsync(node, layer, "find", "getfattr", "setfattr");
        return layer.ToArray();
    }

    // The node's loader says which libraries a program needs.
    private static async Task AddProgramsAsync(TestNode node, ImageLayer layer, params string[] programs)
    {
        const string Loader = "/lib64/ld-linux-x86-64.so.2";
        System.Collections.Generic.HashSet<string> added = [];
        layer.AddFile(Loader, await File.ReadAllBytesAsync(node.Root + Loader));
        foreach (string program in programs)
        {
            layer.AddFile("usr/bin/" + program, await File.ReadAllBytesAsync($"{node.Root}/usr/bin/{program}"));
            string list = (await node.RunAsync(Loader, "--list", "/usr/bin/" + program)).Exits(0).Text;
            foreach (string line in list.Split('\n'))
            {
                // "	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x...)"
                string[] words = line.Split(' ', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
                if (words.Length >= 3 && words[1] == "=>" && !words[0].StartsWith('/') && added.Add(words[0]))
                {
                    layer.AddFile("usr/lib/" + words[0], await File.ReadAllBytesAsync(node.Root + words[2]));
                }
            }
        }
    }

    // Nothing runs it here: it has to be refused, by its header alone.
    private static byte[] ForeignLayer()
    {
        byte[] program = new byte[4096];
        // ELF64, little endian, ET_EXEC, EM_AARCH64, no program headers (System V ABI, "ELF header").
        ((byte[])[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1]).CopyTo(program, 0);
        program[16] = 2;
        program[18] = 183;
        program[20] = 1;
        program[52] = 64;
        using ImageLayer layer = new();
        foreach (string folder in (string[])["bin", "dev", "proc", "sys", "tmp"])
        {
            layer.AddFolder(folder);
        }

        layer.AddFile("bin/app", program);
        return layer.ToArray();
    }
}
