using System;
using System.Diagnostics;
using System.Threading;

namespace KataShimNet.IntegrationTests.Resume;

/// <summary>The longest time that any call of a guest took.</summary>
public sealed class Stall
{
    private long _longest;

    public TimeSpan Longest => Stopwatch.GetElapsedTime(0, Volatile.Read(ref _longest));

    /// <summary>Makes a call and takes its time.</summary>
    public T Of<T>(Func<T> call)
    {
        var began = Stopwatch.GetTimestamp();
        var answer = call();
        var took = Stopwatch.GetTimestamp() - began;
        long longest;
        while (took > (longest = Volatile.Read(ref _longest)) && Interlocked.CompareExchange(ref _longest, took, longest) != longest)
        {
        }

        return answer;
    }
}
