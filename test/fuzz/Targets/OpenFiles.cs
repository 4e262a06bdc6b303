using KataShimNet.Linux.Interop;

namespace KataShimNet.Fuzz.Targets;

/// <summary>Finds leaked descriptors: the lowest number that a new one gets grows with each.</summary>
/// <param name="alone">Whether nothing else in the process opens files; otherwise nothing is found.</param>
internal sealed class OpenFiles(bool alone)
{
    private int _lowest = int.MaxValue;

    /// <summary>Whether there are more descriptors than at the last call.</summary>
    /// <param name="any">Any open descriptor.</param>
    public bool HaveGrown(int any)
    {
        if (!alone)
            return false;
        var lowest = Fcntl.fcntl(any, Fcntl.F_DUPFD_CLOEXEC, 0);
        _ = Unistd.close(lowest);
        var grown = lowest > _lowest;
        _lowest = lowest;
        return grown;
    }
}
