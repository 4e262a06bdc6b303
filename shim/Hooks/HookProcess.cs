using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Kata.Oci;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.Shim.Sandboxes.Children;
using Polly;

namespace KataShimNet.Shim.Hooks;

/// <summary>Runs one hook: a program of the host, in the shim's own namespaces, with the container's state on standard input.</summary>
internal static class HookProcess
{
    private const int KeepChars = 16 * 1024;
    private const int ShownLines = 8;
    private static readonly TimeSpan s_outputGrace = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs it to its end.</summary>
    /// <param name="stage">Its stage, for errors.</param>
    /// <param name="hook">What to run.</param>
    /// <param name="state">The container's state, JSON.</param>
    /// <param name="bundle">Working directory.</param>
    /// <param name="cancel">Kills it.</param>
    /// <exception cref="HookException">It did not succeed.</exception>
    public static async Task RunAsync(string stage, Hook hook, ReadOnlyMemory<byte> state, string bundle, CancellationToken cancel)
    {
        var name = $"{stage} hook {hook.Path}";
        var (output, writer) = OutputReader.Create(KeepChars, null);
        using (output)
        {
            using var child = Start(name, hook, state, bundle, writer);
            try
            {
                var exit = await Limit(hook).ExecuteAsync(async token => await child.Exited.WaitAsync(token).ConfigureAwait(false), cancel).ConfigureAwait(false);
                if (exit is { Code: 0, Signalled: false })
                    return;
                throw new HookException($"{name}: {exit}{await SaidAsync(output).ConfigureAwait(false)}");
            }
            catch (Polly.Timeout.TimeoutRejectedException e)
            {
                child.Kill(Signals.SIGKILL);
                throw new HookException($"{name} did not end within its {hook.Timeout} s{await SaidAsync(output).ConfigureAwait(false)}", e);
            }
            catch (OperationCanceledException)
            {
                child.Kill(Signals.SIGKILL);
                throw;
            }
        }
    }

    private static ChildProcess Start(string name, Hook hook, ReadOnlyMemory<byte> state, string bundle, OwnedFd writer)
    {
        using (writer)
        using (var input = StateFile(state.Span))
        {
            try
            {
                return ChildProcess.Start(new ChildStart
                {
                    Path = hook.Path,
                    Arguments = hook.Args.Count > 0 ? hook.Args : [hook.Path],
                    // runc passes its own environment on to a hook that names none.
                    Environment = hook.Env.Count > 0 ? hook.Env : null,
                    Fds = new Dictionary<int, OwnedFd> { [0] = input, [1] = writer, [2] = writer },
                    WorkingDirectory = bundle,
                });
            }
            catch (LinuxException e)
            {
                throw new HookException($"{name} cannot be started: {e.Message}", e);
            }
        }
    }

    // A file in memory: a hook that never reads its input is in nobody's way.
    private static unsafe OwnedFd StateFile(ReadOnlySpan<byte> state)
    {
        var fd = OwnedFd.FromCall(SysMman.memfd_create("oci-state", SysMman.MFD_CLOEXEC), "memfd_create");
        fixed (byte* bytes = state)
        {
            for (nint done = 0; done < state.Length;)
                done += LinuxException.Check(Unistd.pwrite(fd.Fd, bytes + done, (nuint)(state.Length - done), done), "write", "memfd");
        }

        return fd;
    }

    private static ResiliencePipeline Limit(Hook hook)
    {
        var builder = new ResiliencePipelineBuilder { Name = "oci-hook" };
        // Absent is no limit; a day and more is none either (Polly's own).
        return hook.Timeout is > 0 and < 86400 ? builder.AddTimeout(TimeSpan.FromSeconds(hook.Timeout)).Build() : builder.Build();
    }

    private static async Task<string> SaidAsync(OutputReader output)
    {
        try
        {
            // Something that it started may hold the other end still.
            await output.Ended.WaitAsync(s_outputGrace).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
        }

        var said = string.Join('\n', output.Lines().TakeLast(ShownLines));
        return said.Length == 0 ? "" : $": {said}";
    }
}
