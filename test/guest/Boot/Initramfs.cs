using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using KataShimNet.TestGuest.Shares;

namespace KataShimNet.TestGuest.Boot;

/// <summary>What a test guest starts from: busybox, modules, and scripts that mount the rest.</summary>
internal static class Initramfs
{
    private static readonly string[] s_modules = ["overlay", "virtio_rng", "9p", "9pnet_virtio"];

    /// <summary>Builds the archive.</summary>
    /// <param name="busybox">A static busybox.</param>
    /// <param name="kernel">Whose modules to take.</param>
    /// <param name="layers">Tags of the root's layers, the lowest first.</param>
    /// <param name="shares">What to mount.</param>
    /// <param name="files">More files for the root, by absolute path.</param>
    public static byte[] Build(
        byte[] busybox, GuestKernel kernel, IReadOnlyList<string> layers, IReadOnlyList<RunningShare> shares, IReadOnlyDictionary<string, byte[]> files)
    {
        var archive = new CpioArchive();
        foreach (string folder in (string[])["dev", "proc", "sys", "bin", "root", "upper", "layers", "modules", "files"])
            archive.Folder(folder);
        archive.Device("dev/console", 5, 1).Program("bin/busybox", busybox).Program("init", Resource("init.sh"))
            .Program("files/run-commands", Resource("serve.sh")).Program("setup", Encoding.UTF8.GetBytes(Setup(layers)));
        int number = 0;
        foreach (string module in kernel.Closure(s_modules))
            archive.Program($"modules/{number++:D2}-{Path.GetFileName(module)}", File.ReadAllBytes(module));
        var folders = new HashSet<string>();
        foreach ((string path, byte[] content) in files.Concat(shares.Select(share => KeyValuePair.Create(share.MountPoint + "/.mountpoint", Array.Empty<byte>()))))
        {
            for (int slash = path.IndexOf('/', 1); slash > 0; slash = path.IndexOf('/', slash + 1))
            {
                if (folders.Add(path[..slash]))
                    archive.Folder("files" + path[..slash]);
            }
            archive.Program("files" + path, content);
        }
        return archive.ToArray();
    }

    private static byte[] Resource(string name)
    {
        using Stream stream = typeof(Initramfs).Assembly.GetManifestResourceStream(name)!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }

    private static string Setup(IReadOnlyList<string> layers)
    {
        var script = new StringBuilder();
        script.Append("LAYERS=").AppendJoin(':', layers.Reverse().Select(tag => "/layers/" + tag)).Append("\nmount_layers() {\n");
        foreach (string tag in layers)
            script.Append($"    mkdir /layers/{tag} && mount -t virtiofs -o ro {tag} /layers/{tag} || return 1\n");
        return script.Append("}\n").ToString();
    }
}
