using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Linux;

/// <summary>posix_spawn(3) with descriptors put where the child wants them.</summary>
/// <remarks>For a process that reaps every child itself, as PID 1 does; everybody else uses <see cref="ChildProcess"/>.</remarks>
public static unsafe class PosixSpawn
{
    /// <summary>Starts a program. The caller has to reap it.</summary>
    /// <param name="start">What to start.</param>
    /// <returns>Its process id.</returns>
    /// <exception cref="LinuxException">The program cannot be started, such as ENOENT for its path.</exception>
    public static int Start(ChildStart start)
    {
        ArgumentNullException.ThrowIfNull(start);
        var actions = stackalloc byte[Spawn.OpaqueSize];
        var attributes = stackalloc byte[Spawn.OpaqueSize];
        var memory = new List<nint>();
        Check(Spawn.posix_spawn_file_actions_init(actions), "posix_spawn_file_actions_init");
        Check(Spawn.posix_spawnattr_init(attributes), "posix_spawnattr_init");
        try
        {
            PlaceDescriptors(actions, start, memory);
            SetSignals(attributes, start.NewSession);
            if (start.WorkingDirectory is { } directory)
                Check(Spawn.posix_spawn_file_actions_addchdir_np(actions, Utf8(directory, memory)), "posix_spawn_file_actions_addchdir_np");
            int pid;
            var result = Spawn.posix_spawn(
                &pid,
                Utf8(start.Path, memory),
                actions,
                attributes,
                Vector(start.Arguments, memory),
                Vector(start.Environment ?? OwnEnvironment(), memory));
            if (result != 0)
                throw new LinuxException((Errno)result, "posix_spawn", start.Path);
            return pid;
        }
        finally
        {
            _ = Spawn.posix_spawn_file_actions_destroy(actions);
            _ = Spawn.posix_spawnattr_destroy(attributes);
            foreach (var block in memory)
                Marshal.FreeCoTaskMem(block);
        }
    }

    // First everything moves above the numbers that the child wants, so that no dup2 overwrites a source that is still needed.
    private static void PlaceDescriptors(byte* actions, ChildStart start, List<nint> memory)
    {
        var top = Math.Max(2, start.Fds.Count == 0 ? 2 : start.Fds.Keys.Max());
        var scratch = Math.Max(top, start.Fds.Count == 0 ? 2 : start.Fds.Values.Max(f => f.Fd)) + 1;
        var order = start.Fds.OrderBy(f => f.Key).ToArray();
        for (var i = 0; i < order.Length; i++)
            Check(Spawn.posix_spawn_file_actions_adddup2(actions, order[i].Value.Fd, scratch + i), "posix_spawn_file_actions_adddup2");
        for (var i = 0; i < order.Length; i++)
            Check(Spawn.posix_spawn_file_actions_adddup2(actions, scratch + i, order[i].Key), "posix_spawn_file_actions_adddup2");
        for (var fd = 0; fd <= 2; fd++)
        {
            if (!start.Fds.ContainsKey(fd))
                Check(Spawn.posix_spawn_file_actions_addopen(actions, fd, Utf8("/dev/null", memory), Fcntl.O_RDWR, 0), "posix_spawn_file_actions_addopen");
        }

        // Numbers between 3 and the highest wanted one that nobody named are close-on-exec here by rule.
        Check(Spawn.posix_spawn_file_actions_addclosefrom_np(actions, top + 1), "posix_spawn_file_actions_addclosefrom_np");
    }

    private static void SetSignals(byte* attributes, bool newSession)
    {
        var all = stackalloc byte[128];
        new Span<byte>(all, 128).Fill(0xff);
        var none = stackalloc byte[128];
        new Span<byte>(none, 128).Clear();
        Check(Spawn.posix_spawnattr_setsigdefault(attributes, all), "posix_spawnattr_setsigdefault");
        Check(Spawn.posix_spawnattr_setsigmask(attributes, none), "posix_spawnattr_setsigmask");
        var flags = Spawn.POSIX_SPAWN_SETSIGDEF | Spawn.POSIX_SPAWN_SETSIGMASK | (newSession ? Spawn.POSIX_SPAWN_SETSID : 0);
        Check(Spawn.posix_spawnattr_setflags(attributes, (short)flags), "posix_spawnattr_setflags");
    }

    private static List<string> OwnEnvironment()
    {
        var environment = new List<string>();
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
            environment.Add($"{entry.Key}={entry.Value}");
        return environment;
    }

    private static byte* Utf8(string text, List<nint> memory)
    {
        var address = Marshal.StringToCoTaskMemUTF8(text);
        memory.Add(address);
        return (byte*)address;
    }

    private static byte** Vector(IReadOnlyList<string> texts, List<nint> memory)
    {
        var vector = (byte**)Marshal.AllocCoTaskMem((texts.Count + 1) * sizeof(nint));
        memory.Add((nint)vector);
        for (var i = 0; i < texts.Count; i++)
            vector[i] = Utf8(texts[i], memory);
        vector[texts.Count] = null;
        return vector;
    }

    private static void Check(int result, string call)
    {
        if (result != 0)
            throw new LinuxException((Errno)result, call);
    }
}
