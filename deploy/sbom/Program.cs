using System;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;

namespace KataShimNet.Sbom;

/// <summary>Lists what the packages are made of, as a CycloneDX document.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        var version = new Option<string>("--version-of") { Description = "version of the product", Required = true };
        var node = new Option<string>("--node") { Description = "the Debian tree that the guest was made from", Required = true };
        var guest = new Option<string>("--guest") { Description = "folder of the guest", Required = true };
        var output = new Option<string>("--output") { Description = "file to write", Required = true };
        var locks = new Argument<string[]>("lock-files") { Description = "packages.lock.json of each program" };
        var root = new RootCommand("lists what the packages are made of") { version, node, guest, output, locks };
        root.SetAction(result => File.WriteAllText(
            result.GetRequiredValue(output),
            Document.Make(
                result.GetRequiredValue(version),
                BuildTime(),
                result.GetRequiredValue(locks).SelectMany(LockFile.Read)
                    .Concat(GuestParts.Read(result.GetRequiredValue(guest), new DebianTree(result.GetRequiredValue(node)), new DebianTree("/"))))
                .ToJson()));
        return root.Parse(args).Invoke();
    }

    // reproducible-builds.org/specs/source-date-epoch
    private static DateTimeOffset BuildTime() =>
        long.TryParse(Environment.GetEnvironmentVariable("SOURCE_DATE_EPOCH"), NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : DateTimeOffset.UtcNow;
}
