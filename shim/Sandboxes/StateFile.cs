using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>What <c>delete</c> must know when the shim is gone.</summary>
/// <param name="Shim">The shim.</param>
/// <param name="Children">Its children. A child is added right after its start; until then its parent-death signal covers it.</param>
/// <param name="Cgroup">The cgroup that they sit in, as a path from the root of each hierarchy; null when they have none of their own.</param>
internal sealed record SandboxRecord(ProcessMark Shim, IReadOnlyList<ProcessMark> Children, string? Cgroup = null);

/// <summary>The file <c>state.json</c> of a sandbox's state folder. Replaced as a whole, so a reader never sees half of it.</summary>
/// <param name="folder">The state folder.</param>
internal sealed class StateFile(string folder)
{
    private const string Name = "state.json";

    // Only root reads how a sandbox is built.
    private const UnixFileMode FolderMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly object _gate = new();
    // Guarded by _gate.
    private SandboxRecord? _record;

    /// <summary>The folder.</summary>
    public string Folder => folder;

    /// <summary>Writes the first record: from here on <c>delete</c> finds what the sandbox starts. Makes the folder when there is none.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Create(ProcessMark shim, string? cgroup = null)
    {
        lock (_gate)
        {
            Directory.CreateDirectory(folder, FolderMode);
            Write(new SandboxRecord(shim, [], cgroup));
        }
    }

    /// <summary>Adds a child to the record.</summary>
    public void Add(ProcessMark child)
    {
        lock (_gate)
            Write(_record! with { Children = [.. _record.Children, child] });
    }

    /// <summary>Takes all children out of the record, once they are gone. The folder is the server's, and stays.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            // Without a folder there is nobody to mislead: a delete that ran beside us has removed it.
            if (Directory.Exists(folder))
                Write(_record! with { Children = [] });
        }
    }

    /// <summary>Reads the record.</summary>
    /// <returns>Null when there is none, or when it cannot be understood.</returns>
    public SandboxRecord? Read()
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(folder, Name)), StateJson.Default.SandboxRecord);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Removes the folder with all that is in it, if it is there.</summary>
    public void RemoveFolder()
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Another clean-up was faster.
        }
    }

    private void Write(SandboxRecord record)
    {
        var path = Path.Combine(folder, Name);
        var next = path + ".next";
        File.WriteAllBytes(next, JsonSerializer.SerializeToUtf8Bytes(record, StateJson.Default.SandboxRecord));
        File.Move(next, path, overwrite: true);
        _record = record;
    }
}

/// <summary>JSON form of the record, generated at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SandboxRecord))]
internal sealed partial class StateJson : JsonSerializerContext;
