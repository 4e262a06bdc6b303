using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Text;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.Linux.Netlink;

namespace KataShimNet.Cli.Checks;

/// <summary>The machine that is checked: its files, devices and programs.</summary>
/// <param name="root">Folder that stands for <c>/</c>; tests give one of their own.</param>
/// <param name="diversion">Stands for what the kernel says to <see cref="TryDivertLoopback"/>; null asks it.</param>
internal sealed class Machine(string root, Func<string?>? diversion = null)
{
    private const int ProgramTimeoutMilliseconds = 10_000;

    /// <summary>Where a path of the machine is for us.</summary>
    public string At(string path) => root == "/" ? path : root + path;

    public bool IsFile(string path) => File.Exists(At(path));

    public bool IsFolder(string path) => Directory.Exists(At(path));

    /// <summary>The files below a folder whose names end so, sorted; none when there is no such folder.</summary>
    public IReadOnlyList<string> FilesBelow(string folder, string ending)
    {
        if (!IsFolder(folder))
            return [];
        var files = new List<string>();
        foreach (string file in Directory.EnumerateFiles(At(folder), "*" + ending, SearchOption.AllDirectories))
            files.Add(folder + file[At(folder).Length..]);
        files.Sort(StringComparer.Ordinal);
        return files;
    }

    /// <summary>The text of a file, or null when it cannot be read.</summary>
    public string? Text(string path)
    {
        try
        {
            return File.ReadAllText(At(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The first bytes of a file, fewer when it is shorter, none when it cannot be read.</summary>
    public byte[] FirstBytes(string path, int count)
    {
        try
        {
            using FileStream stream = File.OpenRead(At(path));
            var bytes = new byte[count];
            return bytes[..stream.ReadAtLeast(bytes, count, throwOnEndOfStream: false)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Opens a device for reading and writing and closes it again: 0, or why it does not open.</summary>
    public Errno TryOpenDevice(string path)
    {
        using var fd = new OwnedFd(Fcntl.openat(Fcntl.AT_FDCWD, At(path), Fcntl.O_RDWR | Fcntl.O_CLOEXEC | Fcntl.O_NONBLOCK, 0));
        return fd.IsInvalid ? LinuxException.LastErrno : 0;
    }

    /// <summary>Diverts a loopback device in a network namespace of its own, which goes again, as the shim does in a pod's: null, or why that does not work.</summary>
    public string? TryDivertLoopback() => diversion is null ? TryDivert() : diversion();

    /// <summary>Whether a file can be executed by us (faccessat(2)).</summary>
    public unsafe bool IsProgram(string path)
    {
        if (!IsFile(path))
            return false;
        fixed (byte* name = Encoding.UTF8.GetBytes(At(path) + '\0'))
            return Unistd.faccessat(Fcntl.AT_FDCWD, name, Unistd.X_OK, Fcntl.AT_EACCESS) == 0;
    }

    /// <summary>What a link leads to in the end; the path itself when it is no link.</summary>
    public string Target(string path) =>
        File.ResolveLinkTarget(At(path), returnFinalTarget: true) is { } target ? target.FullName[(root == "/" ? 0 : root.Length)..] : path;

    /// <summary>The first file of that name in the folders of a search path, or null.</summary>
    public string? FindProgram(string name, string searchPath)
    {
        foreach (string folder in searchPath.Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            string path = $"{folder.TrimEnd('/')}/{name}";
            if (IsProgram(path))
                return path;
        }
        return null;
    }

    /// <summary>Runs a program and gives the first line that it prints; null with an error when it does not work.</summary>
    public string? FirstLineOf(string path, string argument, out string error)
    {
        error = "";
        try
        {
            using var process = Process.Start(new ProcessStartInfo(At(path), [argument])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                RedirectStandardInput = true,
            })!;
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(ProgramTimeoutMilliseconds))
            {
                process.Kill();
                error = $"{path} {argument} does not end";
                return null;
            }
            string line = FirstLine(output.GetAwaiter().GetResult());
            if (process.ExitCode == 0 && line.Length != 0)
                return line;
            error = $"{path} {argument} ends with exit code {process.ExitCode}: {FirstLine(errors.GetAwaiter().GetResult())}";
            return null;
        }
        catch (Win32Exception e)
        {
            error = $"{path} cannot be started: {System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(e.NativeErrorCode)}";
            return null;
        }
    }

    private static string? TryDivert()
    {
        try
        {
            using OwnedFd netns = NetworkNamespace.Create();
            using var diverted = LoopbackDiversion.Begin(netns, new IPEndPoint(IPAddress.Loopback, IPEndPoint.MaxPort));
            return null;
        }
        catch (IOException e)
        {
            return e.Message;
        }
    }

    private static string FirstLine(string text) => text.Split('\n', 2)[0].Trim();
}
