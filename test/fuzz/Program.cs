using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using KataShimNet.Fuzz.Seeds;
using KataShimNet.Fuzz.Targets;
using SharpFuzz;

namespace KataShimNet.Fuzz;

/// <summary>Runs a target under afl-fuzz, replays inputs, writes seeds, and puts the coverage counters into the daemon's code.</summary>
internal static class Program
{
    private const int MostInput = 1 << 20;

    private static int Main(string[] args)
    {
        switch (args)
        {
            case ["instrument", var assembly]:
                // Regular expressions and generated code would be most of the counters otherwise.
                Fuzzer.Instrument(assembly, type => !type.Contains("Commands", StringComparison.Ordinal), Options.Value);
                return 0;
            case ["seeds", var folder]:
                Write(Path.Combine(folder, "fuse"), FuseSeeds.All());
                Write(Path.Combine(folder, "vhost-user"), SessionSeeds.All());
                return 0;
            case ["run", var name]:
                Run(name);
                return 0;
            case ["replay", var name, .. var inputs]:
                return Replay(name, inputs);
            default:
                Console.Error.WriteLine("usage: KataShimNet.Fuzz instrument ASSEMBLY | seeds FOLDER | run fuse|vhost-user | replay fuse|vhost-user FILE ...");
                return 2;
        }
    }

    /// <summary>Makes a target.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="alone">Whether nothing else in the process opens files, so that leaked descriptors can be told.</param>
    internal static IFuzzTarget Create(string name, bool alone = true) => name switch
    {
        "fuse" => new FuseTarget(alone),
        "vhost-user" => new SessionTarget(alone),
        _ => throw new ArgumentException($"no target is called {name}", nameof(name)),
    };

    private static void Run(string name)
    {
        // Made by the thread and in the process that run the inputs.
        IFuzzTarget? target = null;
        var findings = Environment.GetEnvironmentVariable("KATANET_FUZZ_FINDINGS");
        var buffer = new byte[MostInput];
        Fuzzer.OutOfProcess.Run(stream =>
        {
            try
            {
                target ??= Create(name);
                var length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
                target.Run(buffer.AsSpan(0, length));
            }
            catch (Exception e) when (findings is not null)
            {
                // afl-fuzz keeps the input and not the reason.
                File.AppendAllText(findings, $"{e}\n\n");
                throw;
            }
        });
    }

    private static int Replay(string name, IReadOnlyList<string> inputs)
    {
        // Before the target is made: it works in another directory.
        var files = inputs.Select(Path.GetFullPath).SelectMany(path => Directory.Exists(path) ? Directory.GetFiles(path) : [path]).ToArray();
        using var target = Create(name);
        var failed = 0;
        foreach (var file in files)
        {
            try
            {
                target.Run(File.ReadAllBytes(file));
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                failed++;
                Console.WriteLine($"{file}: {e}");
            }
        }

        Console.WriteLine($"{name}: {files.Length} inputs, {failed} failed");
        return failed == 0 ? 0 : 1;
    }

    private static void Write(string folder, IEnumerable<(string Name, byte[] Input)> seeds)
    {
        Directory.CreateDirectory(folder);
        foreach (var (name, input) in seeds)
            File.WriteAllBytes(Path.Combine(folder, name), input);
    }
}
