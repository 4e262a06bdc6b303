using System;
using System.Collections.Generic;

namespace KataShimNet.PosixTests.Places;

/// <summary>What one run of the program said of each case: its lines are <c>ok NAME</c> or <c>not ok NAME - why</c>.</summary>
public sealed class Outcomes
{
    private readonly Dictionary<string, string> _failures = [];
    private readonly HashSet<string> _passed = [];
    private readonly List<string> _other = [];

    /// <summary>Takes a line.</summary>
    public void Add(string line)
    {
        var words = line.Split(' ', 5);
        if (words is ["ok", var passed])
            _passed.Add(passed);
        else if (words is ["not", "ok", var failed, ..])
            _failures[failed] = words.Length > 4 ? words[4] : "for no reason that it says";
        else
            _other.Add(line);
    }

    /// <summary>Why a case failed; null when it passed.</summary>
    /// <exception cref="InvalidOperationException">Nothing was said of it: the run broke off.</exception>
    public string? Failure(string name) => _passed.Contains(name) ? null
        : _failures.TryGetValue(name, out var why) ? why
        : throw new InvalidOperationException($"{name} was not run; the last lines:\n{string.Join('\n', _other)}");
}
