using System;
using System.Collections.Generic;

namespace KataShimNet.RuntimeConfig.Reading;

/// <summary>Finds the key that was probably meant.</summary>
internal static class NearestKey
{
    /// <summary>The nearest of some keys, or null when none is near: more than a third of the letters differ.</summary>
    public static string? Of(string key, IEnumerable<string> keys)
    {
        string? nearest = null;
        int least = Math.Max(2, key.Length / 3) + 1;
        foreach (string candidate in keys)
        {
            int distance = Distance(key.ToLowerInvariant().Replace('-', '_'), candidate);
            if (distance < least)
                (nearest, least) = (candidate, distance);
        }
        return nearest;
    }

    // Levenshtein, one row at a time.
    private static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
            row[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }
        return row[b.Length];
    }
}
