using KataShimNet.Linux;

namespace KataShimNet.Fsd.Dax;

/// <summary>Who else has to know what our guest maps: the other daemons of the node, and the guard against processes of the host. Of any thread.</summary>
internal interface ISharedMaps
{
    /// <summary>Says that our guest is about to map a file. May wait for whoever cuts the file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="fd">A descriptor of it, not O_PATH.</param>
    /// <returns>None; otherwise it must not be mapped.</returns>
    Errno Enter(FileIdentity file, int fd);

    /// <summary>Says that our guest maps nothing of a file any more.</summary>
    /// <param name="file">The file.</param>
    /// <param name="fd">A descriptor of it, not O_PATH.</param>
    void Leave(FileIdentity file, int fd);

    /// <summary>Up to where a file may be mapped. To be asked after <see cref="Enter"/>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="size">Its size, read after <see cref="Enter"/>.</param>
    /// <returns><see cref="long.MaxValue"/> when all of a range in which it ends may be: no guest believes that it is longer than it is.</returns>
    long EndFor(FileIdentity file, long size);

    /// <summary>Notes that scratch memory stands for a part of a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="from">The first byte of that.</param>
    void NoteScratch(FileIdentity file, long from);
}
