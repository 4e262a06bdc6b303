using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.RuntimeConfig.Reading;
using KataShimNet.RuntimeConfig.Schema;

namespace KataShimNet.RuntimeConfig;

/// <summary>Reads the settings. Everything wrong in a file is found in one pass, and nothing wrong is passed over.</summary>
public static class ConfigLoader
{
    // Far above any real file; a device or a log given by mistake ends here instead of in memory.
    private const int MaxBytes = 1 << 20;

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a settings file.</summary>
    /// <param name="path">
    /// The file, which must exist. Null takes <see cref="KatanetOptions.DefaultPath"/>, and the defaults where there is no such file.
    /// </param>
    /// <exception cref="ConfigException">The file cannot be read, or something in it is wrong.</exception>
    public static KatanetOptions Load(string? path)
    {
        string file = path ?? KatanetOptions.DefaultPath;
        string text;
        try
        {
            text = ReadText(file);
        }
        catch (Exception e) when (path is null && (e is FileNotFoundException or DirectoryNotFoundException))
        {
            return new KatanetOptions();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Unreadable(file, e);
        }
        return Parse(text, file);
    }

    /// <summary>Reads settings from text.</summary>
    /// <param name="text">The content of a settings file.</param>
    /// <param name="file">What errors call it.</param>
    /// <exception cref="ConfigException">Something in it is wrong.</exception>
    public static KatanetOptions Parse(string text, string file)
    {
        var problems = new ProblemList(file);
        YamlNode? document = YamlTree.Read(text, problems);
        KatanetOptions options = document is null ? new KatanetOptions() : SettingTable.Read(document, problems);
        problems.ThrowIfAny();
        return options;
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
