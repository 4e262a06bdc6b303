using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.ShimApi;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Sandboxes;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Timeout;

namespace KataShimNet.Monitor.Scraping;

/// <summary>Asks sandboxes for their numbers.</summary>
/// <param name="sandboxes">The sandboxes.</param>
/// <param name="timeLimit">How long one may take, from the connection on.</param>
/// <param name="numbers">The monitor's own numbers.</param>
/// <param name="log">Told of a sandbox that does not answer, once until it does.</param>
internal sealed partial class Scraper(SandboxList sandboxes, TimeSpan timeLimit, MonitorNumbers numbers, ILogger<Scraper> log)
{
    private const string Service = "katanet.shim.v1.Metrics";

    // Enough that a few that hang do not hold up the others, few enough that the node's processors are not all taken at once.
    private const int AtOnce = 16;

    private static readonly string[] s_states = ["running", "booting", "dead"];

    private readonly ResiliencePipeline _limit = new ResiliencePipelineBuilder { Name = "scrape" }.AddTimeout(timeLimit).Build();
    private readonly ConcurrentDictionary<string, bool> _silent = new();

    /// <summary>Writes the union of all sandboxes' families, and the monitor's own.</summary>
    public async Task WriteAsync(Stream output, CancellationToken cancel)
    {
        string text = await UnionAsync(cancel).ConfigureAwait(false);
        await output.WriteAsync(Encoding.UTF8.GetBytes(text), cancel).ConfigureAwait(false);
        await numbers.WriteAsync(output, cancel).ConfigureAwait(false);
    }

    /// <summary>Asks one sandbox.</summary>
    /// <exception cref="SandboxException">Nobody answers there.</exception>
    /// <exception cref="TtrpcException">The shim's error.</exception>
    /// <exception cref="TimeoutRejectedException">It did not answer in time.</exception>
    public async Task<string> AskAsync(SandboxFolder folder, CancellationToken cancel) => await _limit.ExecuteAsync(
        async limited =>
        {
            await using ShimConnection shim = await ShimConnection.OpenAsync(folder, limited).ConfigureAwait(false);
            MetricsResponse answer = await shim.CallAsync(Service, "Get", new MetricsRequest(), MetricsResponse.Parser, Timeout.InfiniteTimeSpan, limited).ConfigureAwait(false);
            return answer.Text;
        },
        cancel).ConfigureAwait(false);

    private async Task<string> UnionAsync(CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        (SandboxFolder Folder, string State)[] all =
            [.. from folder in sandboxes.Folders() let record = SandboxRecord.Read(folder.Path) where record is not null select (folder, record.State)];
        foreach (string state in s_states)
            numbers.Sandboxes.WithLabels(state).Set(all.Count(one => one.State == state));
        SandboxFolder[] asked = [.. all.Where(static one => one.State != "dead").Select(static one => one.Folder)];
        var texts = new string?[asked.Length];
        var bound = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel };
        await Parallel.ForAsync(0, asked.Length, bound, async (i, each) => texts[i] = await TryAskAsync(asked[i], each).ConfigureAwait(false)).ConfigureAwait(false);
        Forget(asked);

        var union = new MetricsUnion();
        for (int i = 0; i < asked.Length; i++)
        {
            if (texts[i] is { } text && !union.Add(text))
                Failed(asked[i], "its text does not fit Prometheus' format, or other sandboxes'");
        }

        numbers.ScrapeSeconds.Observe(Stopwatch.GetElapsedTime(start).TotalSeconds);
        return union.ToString();
    }

    private async Task<string?> TryAskAsync(SandboxFolder folder, CancellationToken cancel)
    {
        try
        {
            string text = await AskAsync(folder, cancel).ConfigureAwait(false);
            if (_silent.TryRemove(folder.Path, out _))
                LogAnswersAgain($"{folder.Namespace}:{folder.Id}");
            return text;
        }
        catch (Exception e) when (e is SandboxException or TtrpcException or TimeoutRejectedException)
        {
            Failed(folder, e.Message);
            return null;
        }
    }

    private void Failed(SandboxFolder folder, string reason)
    {
        numbers.ScrapeErrors.Inc();
        if (_silent.TryAdd(folder.Path, true))
            LogNoAnswer($"{folder.Namespace}:{folder.Id}", reason);
    }

    private void Forget(IReadOnlyList<SandboxFolder> asked)
    {
        foreach (string path in _silent.Keys.Except(asked.Select(static folder => folder.Path)))
            _silent.TryRemove(path, out _);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "a sandbox does not answer for its numbers")]
    private partial void LogNoAnswer(string sandbox, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "a sandbox answers again")]
    private partial void LogAnswersAgain(string sandbox);
}
