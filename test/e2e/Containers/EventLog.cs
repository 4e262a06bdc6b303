using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Containers;

/// <summary>One event as <c>ctr events</c> prints it.</summary>
/// <param name="Topic">Such as /tasks/exit.</param>
/// <param name="Body">Its fields.</param>
public sealed record ContainerEvent(string Topic, JsonElement Body)
{
    /// <summary>Text of a field, or empty.</summary>
    public string Field(string name) => Body.TryGetProperty(name, out JsonElement value) ? value.ToString() : "";

    /// <summary>Field exit_status; zero is left out of the JSON.</summary>
    public int ExitStatus => Body.TryGetProperty("exit_status", out JsonElement value) ? value.GetInt32() : 0;
}

/// <summary>Listens to containerd's events: <c>ctr events</c>.</summary>
public sealed class EventLog : IDisposable
{
    private readonly Process _process;
    private readonly List<ContainerEvent> _events = [];
    private readonly Task _reader;

    private EventLog(TestNode node)
    {
        _process = node.Start("ctr", "events");
        _reader = Task.Run(ReadAsync);
    }

    /// <summary>Starts to listen; what happens from now on is heard.</summary>
    public static async Task<EventLog> BeginAsync(TestNode node)
    {
        EventLog log = new(node);
        // ctr does not say when it is subscribed: a label is changed until its event comes.
        for (int attempt = 0; ; attempt++)
        {
            (await node.RunAsync("ctr", "namespaces", "label", "default", $"probe={attempt}")).Exits(0);
            if (log.Any("/namespaces/update") || attempt == 100)
            {
                Assert.NotEqual(100, attempt);
                return log;
            }

            await Task.Delay(50);
        }
    }

    /// <summary>Waits for an event of a container.</summary>
    public async Task<ContainerEvent> WaitAsync(string topic, string container, TimeSpan timeout, string? process = null)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            lock (_events)
            {
                if (_events.FirstOrDefault(e => e.Topic == topic && e.Field("container_id") == container &&
                    (process is null || e.Field("id") == process || e.Field("exec_id") == process)) is { } found)
                {
                    return found;
                }
            }

            if (Stopwatch.GetElapsedTime(start) > timeout)
            {
                Assert.Fail($"no event {topic} of {container} within {timeout.TotalSeconds} s; heard:\n{this}");
            }

            await Task.Delay(50);
        }
    }

    /// <summary>Topics of a container's task events in the order heard.</summary>
    public IReadOnlyList<string> Topics(string container)
    {
        lock (_events)
        {
            return [.. _events.Where(e => e.Topic.StartsWith("/tasks/", StringComparison.Ordinal) && e.Field("container_id") == container).Select(e => e.Topic)];
        }
    }

    /// <summary>Topics of a container's task events, without those of its execs, in the order heard.</summary>
    public IReadOnlyList<string> OfInit(string container)
    {
        lock (_events)
        {
            return
            [
                .. _events.Where(e => e.Topic.StartsWith("/tasks/", StringComparison.Ordinal) && e.Field("container_id") == container &&
                        e.Field("exec_id").Length == 0 && e.Field("id") is var id && (id.Length == 0 || id == container))
                    .Select(e => e.Topic),
            ];
        }
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        lock (_events)
        {
            return string.Join('\n', _events);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _reader.Wait(TimeSpan.FromSeconds(10));
        _process.Dispose();
    }

    private bool Any(string topic)
    {
        lock (_events)
        {
            return _events.Any(e => e.Topic == topic);
        }
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            // "2026-11-22 22:53:28.044 +0000 UTC NAMESPACE TOPIC {JSON}"
            string[] words = line.Split(' ', 7);
            if (words.Length == 7 && words[5].StartsWith('/'))
            {
                lock (_events)
                {
                    _events.Add(new ContainerEvent(words[5], JsonDocument.Parse(words[6]).RootElement));
                }
            }
        }
    }
}
