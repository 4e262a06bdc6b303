using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;

namespace KataShimNet.AgentProto.Ttrpc;

/// <summary>Counts the calls that a server answers.</summary>
public sealed class CallCounters
{
    private readonly ConcurrentDictionary<string, MethodCounters> _methods = new();
    private int _open;

    /// <summary>Upper bounds of the buckets but the last, in seconds.</summary>
    public static ReadOnlySpan<double> Bounds => [0.001, 0.01, 0.1, 1, 10, 60];

    /// <summary>Calls that are not answered yet.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>The methods that were called, by name: service without its package, and method.</summary>
    public IEnumerable<KeyValuePair<string, MethodCounters>> Methods => _methods;

    /// <summary>A call has come.</summary>
    /// <returns>When, for <see cref="End"/>.</returns>
    public long Begin()
    {
        Interlocked.Increment(ref _open);
        return Stopwatch.GetTimestamp();
    }

    /// <summary>A call is answered.</summary>
    /// <param name="began">What <see cref="Begin"/> said.</param>
    /// <param name="service">Full name of the service.</param>
    /// <param name="method">The method; empty when the server has none such, and whoever calls chooses its name.</param>
    /// <param name="failed">Whether the answer is an error.</param>
    public void End(long began, string service, string method, bool failed)
    {
        Interlocked.Decrement(ref _open);
        if (method.Length > 0)
            _methods.GetOrAdd($"{service[(service.LastIndexOf('.') + 1)..]}/{method}", static _ => new MethodCounters()).Count(Stopwatch.GetElapsedTime(began), failed);
    }

    /// <summary>The calls of one method.</summary>
    public sealed class MethodCounters
    {
        // Guards all fields.
        private readonly Lock _lock = new();
        private readonly ulong[] _buckets = new ulong[Bounds.Length + 1];
        private TimeSpan _time;
        private ulong _errors;

        /// <summary>What was counted: calls by their time, the time of all, and answers that are errors.</summary>
        public (ulong[] Buckets, TimeSpan Time, ulong Errors) Read()
        {
            lock (_lock)
                return ((ulong[])_buckets.Clone(), _time, _errors);
        }

        internal void Count(TimeSpan time, bool failed)
        {
            var bucket = 0;
            while (bucket < Bounds.Length && time.TotalSeconds > Bounds[bucket])
                bucket++;
            lock (_lock)
            {
                _buckets[bucket]++;
                _time += time;
                _errors += failed ? 1u : 0;
            }
        }
    }
}
