using System;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Cri;
using KataShimNet.EndToEndTests.Images;
using KataShimNet.EndToEndTests.Nodes;

namespace KataShimNet.EndToEndTests.Sharing;

/// <summary>
/// A small Debian with git, make, a compiler, and programs of ours that share files (Programs/), some with SQLite and LMDB: as an image
/// for pods, and as a tree whose programs run on the host too.
/// </summary>
public sealed class ProgramsImage
{
    /// <summary>Its name.</summary>
    public const string Name = "katanet.test/programs:1";

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    private readonly string _folder;

    private ProgramsImage(string folder) => _folder = folder;

    private string Tree => Path.Combine(_folder, "tree");

    /// <summary>Builds it, unless it is there, and brings it onto a node.</summary>
    public static async Task<ProgramsImage> ImportAsync(TestNode node, CriClient cri)
    {
        string script = Path.Combine(TestNode.FindRepository(), "test/e2e/Sharing/Programs/build.sh");
        ProgramsImage image = new((await Command.RunAsync(s_limit, null, script)).Exits(0).Text.Trim());
        if (!await CriSetup.HasImageAsync(cri, Name))
        {
            await TestImages.ImportForPodsAsync(node, Name, await File.ReadAllBytesAsync(Path.Combine(image._folder, "layer.tar")));
            await Waiting.UntilAsync("the CRI plugin knows the programs", s_limit, () => CriSetup.HasImageAsync(cri, Name), () => node.LogTail());
        }

        return image;
    }

    /// <summary>Runs one of the tree's programs on the host, with the tree's libraries.</summary>
    public Task<CommandResult> RunOnHostAsync(TimeSpan limit, string program, params string[] arguments) => Command.RunAsync(
        limit, null, $"{Tree}/lib64/ld-linux-x86-64.so.2", ["--library-path", $"{Tree}/usr/lib/x86_64-linux-gnu", $"{Tree}/usr/bin/{program}", .. arguments]);
}
