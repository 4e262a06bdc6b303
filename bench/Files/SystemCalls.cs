using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.Bench.Files.Measuring;
using KataShimNet.Bench.Files.Workloads;

namespace KataShimNet.Bench.Files;

/// <summary>Counts a daemon's system calls with strace, in a round of its own that is not timed.</summary>
internal static class SystemCalls
{
    private static readonly string? s_strace =
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, "strace")).FirstOrDefault(File.Exists);

    /// <summary>Calls per unit by name.</summary>
    /// <returns>Null when there is no strace.</returns>
    public static Dictionary<string, double>? Count(Contestant contestant, Workload workload, Load load)
    {
        if (s_strace is null)
            return null;
        string output = Path.GetTempFileName();
        try
        {
            IEnumerable<string> processes = contestant.Processes.SelectMany(pid => (string[])["-p", pid.ToString(CultureInfo.InvariantCulture)]);
            using Process strace = Process.Start(new ProcessStartInfo(s_strace, ["-f", "-c", "-o", output, .. processes]) { RedirectStandardError = true })!;
            // It says so for each process once all of its threads are stopped at their next call.
            for (int attached = 0; attached < contestant.Processes.Count; attached++)
            {
                if (strace.StandardError.ReadLine() is not { } line || !line.Contains("attached", StringComparison.Ordinal))
                    return null;
            }
            // The threads' own lines; the pipe must not fill up.
            Task<string> rest = strace.StandardError.ReadToEndAsync();
            Round round = load.Run(contestant, workload, TimeSpan.FromSeconds(0.15));
            using (Process kill = Process.Start("/bin/kill", ["-INT", strace.Id.ToString(CultureInfo.InvariantCulture)]))
                kill.WaitForExit();
            strace.WaitForExit();
            _ = rest.GetAwaiter().GetResult();
            return Parse(File.ReadAllLines(output), round.Units);
        }
        finally
        {
            File.Delete(output);
        }
    }

    /// <summary>Reads strace's table: per cent, seconds, µs per call, calls, errors (or nothing), name.</summary>
    internal static Dictionary<string, double> Parse(IEnumerable<string> lines, long units) => lines
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Where(words => words.Length is 5 or 6 && long.TryParse(words[3], CultureInfo.InvariantCulture, out _) && words[^1] != "total")
        .Select(words => (Name: words[^1], Calls: (double)long.Parse(words[3], CultureInfo.InvariantCulture) / units))
        .Where(call => call.Calls >= 0.005)
        .OrderByDescending(call => call.Calls)
        .ToDictionary(call => call.Name, call => call.Calls);
}
