using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;

namespace KataShimNet.Bench.Nodes;

/// <summary>A test node of our own, from start to stop.</summary>
internal sealed class TestNode : IDisposable
{
    public const string Runtime = "io.containerd.katanet.v2";

    public const string Image = "docker.io/library/busybox:local";

    private readonly Repository _repository;
    private readonly string _id = $"bench-{Environment.ProcessId}";

    private TestNode(Repository repository) => _repository = repository;

    /// <summary>Starts a node and imports the image.</summary>
    public static TestNode Start(Repository repository)
    {
        var node = new TestNode(repository);
        Console.Error.WriteLine("bench: starting a test node ...");
        Succeed(node.Script("node.sh", ["start", node._id]), "the test node does not start");
        try
        {
            node.ImportImage();
            return node;
        }
        catch
        {
            node.Dispose();
            throw;
        }
    }

    /// <summary>Root of the Debian tree that nodes are made of; built when it is missing.</summary>
    public static string Tree(Repository repository) =>
        Succeed(Script(repository, "node.sh", ["build"]), "the test node has no tree").Trim();

    /// <summary>Folder of fio and a kernel with 9p; built when it is missing.</summary>
    public static string Tools(Repository repository) =>
        Succeed(Script(repository, "tools.sh", []), "fio and its kernel cannot be fetched").Trim();

    /// <summary>Runs a bash script in the node, and gives what it printed.</summary>
    /// <param name="what">For the error: what failed.</param>
    /// <param name="script">The script.</param>
    /// <param name="arguments">Its $1, $2, …</param>
    public string Bash(string what, string script, params string[] arguments) =>
        Succeed(Script("node.sh", ["exec", _id, "bash", "-c", script, "bench", .. arguments]), what);

    /// <summary>Runs a bash script in the node; each line that it prints is handed on at once.</summary>
    public void BashLines(string what, string script, Action<string> line, params string[] arguments) =>
        Succeed(Script("node.sh", ["exec", _id, "bash", "-c", script, "bench", .. arguments], line: line), what);

    /// <summary>Puts a file into the node's folder /state.</summary>
    public void Put(string name, byte[] content) =>
        Succeed(Script("node.sh", ["exec", _id, "sh", "-c", $"cat >/state/{name}"], input: content), $"/state/{name} cannot be written in the node");

    public void Dispose()
    {
        ProcessResult result = Script("node.sh", ["stop", _id]);
        if (result.ExitCode != 0)
            Console.Error.WriteLine($"bench: the test node does not stop: {result.Errors}");
    }

    private void ImportImage()
    {
        string tree = Tree(_repository);
        string archive = Path.GetTempFileName();
        try
        {
            Succeed(Script("busybox-image.sh", [$"{tree}/usr/bin/busybox", archive, Image]), "no image can be made of busybox");
            Put("image.tar", File.ReadAllBytes(archive));
        }
        finally
        {
            File.Delete(archive);
        }
        Bash("the image cannot be imported", "ctr images import /state/image.tar");
    }

    private ProcessResult Script(string name, IEnumerable<string> arguments, byte[]? input = null, Action<string>? line = null) =>
        Script(_repository, name, arguments, input, line);

    private static ProcessResult Script(
        Repository repository, string name, IEnumerable<string> arguments, byte[]? input = null, Action<string>? line = null)
    {
        var start = new ProcessStartInfo(Path.Combine(repository.Root, "deploy/node", name), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = repository.Root,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Task<string> output = Read(process.StandardOutput, line);
        if (input is not null)
            process.StandardInput.BaseStream.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        return new ProcessResult(process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult().Trim());
    }

    private static async Task<string> Read(StreamReader reader, Action<string>? line)
    {
        if (line is null)
            return await reader.ReadToEndAsync().ConfigureAwait(false);
        while (await reader.ReadLineAsync().ConfigureAwait(false) is { } text)
            line(text);
        return "";
    }

    private static string Succeed(ProcessResult result, string what) => result.ExitCode == 0
        ? result.Output
        : throw new BenchException($"{what} (exit code {result.ExitCode}):\n{result.Errors}\n{result.Output}".TrimEnd());

    private sealed record ProcessResult(int ExitCode, string Output, string Errors);
}
