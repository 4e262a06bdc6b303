using System;
using System.Diagnostics;
using System.IO;

namespace KataShimNet.IntegrationTests.Setup;

/// <summary>An ext4 image on a loop device, for repositories that do not lie on ext4.</summary>
public sealed class LoopImage : IDisposable
{
    private readonly string _file;

    public LoopImage()
    {
        _file = Path.GetTempFileName();
        using (var file = File.OpenWrite(_file))
            file.SetLength(1L << 30);
        _ = Run("mkfs.ext4", "-q", "-F", _file);
        Device = Run("losetup", "--find", "--show", _file).Trim();
    }

    /// <summary>The loop device.</summary>
    public string Device { get; }

    public void Dispose()
    {
        _ = Run("losetup", "--detach", Device);
        File.Delete(_file);
    }

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEnd();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new IOException($"{program} {string.Join(' ', arguments)}: {error}");
    }
}
