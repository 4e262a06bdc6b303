using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;

namespace KataShimNet.RuntimeConfig.Reading;

/// <summary>Files of settings on disk: their text, and the drop-ins beside them.</summary>
internal static class ConfigFile
{
    /// <summary>Name of the folder beside a settings file whose files are read after it.</summary>
    public const string DropInFolder = "config.d";

    // Far above any real file; a device or a log given by mistake ends here instead of in memory.
    private const int MaxBytes = 1 << 20;

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The drop-ins of a file: <c>*.yaml</c> and <c>*.yml</c> of <c>config.d</c> beside it, in the order of their names' bytes.</summary>
    public static IReadOnlyList<string> DropIns(string file)
    {
        string folder = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file)) ?? "/", DropInFolder);
        if (!Directory.Exists(folder))
            return [];
        var found = new List<string>();
        foreach (string name in Directory.EnumerateFiles(folder))
        {
            // What an editor or a package manager leaves beside a file ends otherwise; what begins with a dot is hidden on purpose.
            if (Path.GetExtension(name) is ".yaml" or ".yml" && Path.GetFileName(name)[0] != '.')
                found.Add(name);
        }
        found.Sort(StringComparer.Ordinal);
        return found;
    }

    /// <summary>Reads a file that must exist.</summary>
    /// <exception cref="ConfigException">It cannot be read.</exception>
    public static string Read(string file)
    {
        try
        {
            return ReadText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Unreadable(file, e);
        }
    }

    /// <summary>Reads a file; null where there is none.</summary>
    /// <exception cref="ConfigException">It is there, and cannot be read.</exception>
    public static string? ReadIfThere(string file)
    {
        try
        {
            return Read(file);
        }
        catch (ConfigException e) when (e.InnerException is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static string ReadText(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var bytes = new byte[16 * 1024];
        int length = 0;
        for (int read; (read = stream.Read(bytes, length, bytes.Length - length)) != 0;)
        {
            length += read;
            if (length > MaxBytes)
                throw new IOException("it is larger than 1 MiB");
            if (length == bytes.Length)
                Array.Resize(ref bytes, bytes.Length * 2);
        }
        ReadOnlySpan<byte> content = bytes.AsSpan(0, length);
        return s_strictUtf8.GetString(content.StartsWith(Encoding.UTF8.Preamble) ? content[Encoding.UTF8.Preamble.Length..] : content);
    }

    private static ConfigException Unreadable(string file, Exception cause)
    {
        (string what, string todo) = cause switch
        {
            FileNotFoundException or DirectoryNotFoundException => ("there is no such file", "give the path of a settings file, or none"),
            UnauthorizedAccessException => ("it cannot be opened as a file", "give a file, and let this user read it"),
            DecoderFallbackException e => ($"byte {e.Index + 1} is not UTF-8", "save the file as UTF-8"),
            // The number of the system's error, which says more than the texts that a trimmed program has left.
            IOException { HResult: > 0 } e => (Marshal.GetPInvokeErrorMessage(e.HResult), "give the path of a readable settings file"),
            _ => (cause.Message, "give the path of a readable settings file"),
        };
        return new ConfigException([new ConfigProblem(file, 0, 0, "", what, todo)], cause);
    }
}
