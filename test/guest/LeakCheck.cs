using System;
using System.IO;
using System.Linq;

namespace KataShimNet.TestGuest;

/// <summary>Fails the run when a machine or a daemon of it is still there at its end: all of them are children of this process.</summary>
public sealed class LeakCheck : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        var left = Directory.GetDirectories("/proc/self/task")
            .SelectMany(thread => File.ReadAllText(thread + "/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(pid => $"{pid}: {File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0', ' ')}")
            .ToArray();
        if (left.Length > 0)
            throw new InvalidOperationException("left behind by the tests:\n" + string.Join('\n', left));
    }
}
