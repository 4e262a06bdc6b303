using System;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace KataShimNet.EndToEndTests.Commands;

/// <summary>Runs commands of the machine the tests run on. None runs without a time-out.</summary>
public static class Command
{
    /// <summary>Runs a command to its end, or kills it with its children when its time is up.</summary>
    public static async Task<CommandResult> RunAsync(TimeSpan timeout, Stream? input, string program, params string[] arguments)
    {
        string line = $"{program} {string.Join(' ', arguments)}";
        long start = Stopwatch.GetTimestamp();
        using Process process = Start(program, arguments);
        CapturedStream outputBytes = new(), errorBytes = new();
        Task output = outputBytes.FillAsync(process.StandardOutput.BaseStream);
        Task errors = errorBytes.FillAsync(process.StandardError.BaseStream);
        Task fed = FeedAsync(process, input);
        bool timedOut = false;
        using (CancellationTokenSource limit = new(timeout))
        {
            try
            {
                await process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                timedOut = true;
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }

        // Whoever inherited the pipes may keep them open: what came until shortly after the end is what counts.
        await Task.WhenAny(Task.WhenAll(output, errors, fed), Task.Delay(TimeSpan.FromSeconds(5)));
        return new CommandResult(
            line,
            timedOut ? -1 : process.ExitCode,
            outputBytes.ToArray(),
            Encoding.UTF8.GetString(errorBytes.ToArray()),
            Stopwatch.GetElapsedTime(start),
            timedOut);
    }

    /// <summary>Starts a command with all three streams as pipes; the caller ends it.</summary>
    public static Process Start(string program, params string[] arguments)
    {
        ProcessStartInfo info = new(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(info) ?? throw new InvalidOperationException($"{program} did not start");
    }

    private static async Task FeedAsync(Process process, Stream? input)
    {
        try
        {
            if (input is not null)
            {
                await input.CopyToAsync(process.StandardInput.BaseStream);
            }

            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The command ended before it had read everything; its exit code tells.
        }
    }
}
