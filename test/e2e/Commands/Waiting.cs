using System;
using System.Diagnostics;
using System.Threading.Tasks;
using Xunit;

namespace KataShimNet.EndToEndTests.Commands;

/// <summary>Waits until something is so.</summary>
public static class Waiting
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks again and again, and fails with the words when the answer is not yes in time.</summary>
    /// <param name="what">What is waited for.</param>
    /// <param name="timeout">How long.</param>
    /// <param name="condition">Whether it is so.</param>
    /// <param name="details">More words for the failure, such as a log.</param>
    public static async Task UntilAsync(string what, TimeSpan timeout, Func<Task<bool>> condition, Func<string>? details = null)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(start) > timeout)
            {
                Assert.Fail($"not within {timeout.TotalSeconds} s: {what}\n{details?.Invoke()}");
            }

            await Task.Delay(s_interval);
        }
    }
}
