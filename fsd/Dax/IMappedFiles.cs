namespace KataShimNet.Fsd.Dax;

/// <summary>
/// The parts of files that this daemon's guest has in its DAX window, for whoever makes a file shorter behind the guest's back: a page
/// past the end of its file that the guest touches ends QEMU (SIGBUS), so it is swapped for scratch memory before the file shrinks.
/// </summary>
/// <remarks>
/// Lives in the keeper; of any thread. Calls wait for QEMU, some milliseconds for each range of 2 MiB, and never for a queue of the
/// guest. Bytes are of the file; the borders of what is swapped are moved to whole pages as each member says.
/// </remarks>
internal interface IMappedFiles
{
    /// <summary>Whether the guest has any part of a file mapped now.</summary>
    /// <param name="file">The file.</param>
    bool Maps(FileIdentity file);

    /// <summary>
    /// Puts scratch memory, which reads as zeros, in the place of a part of a file, wherever the window has it. When this returns true
    /// the guest reaches nothing of that part any more, and the file may shrink.
    /// </summary>
    /// <remarks>
    /// For a moment the whole mapped piece that <paramref name="from"/> falls into is not mapped: what the guest stores into its first
    /// part, before <paramref name="from"/>, in that moment is lost (QEMU 11.1 has no call that swaps at once).
    /// </remarks>
    /// <param name="file">The file.</param>
    /// <param name="from">First byte; rounded up to a page, for the page in which a file ends stays mapped: its tail reads as zeros.</param>
    /// <param name="to">Byte behind the last one, rounded up to a page; <see cref="long.MaxValue"/> is all the rest.</param>
    /// <returns>False when the virtual machine is stopped: nothing can be swapped, and the file must stay as it is.</returns>
    /// <exception cref="Linux.LinuxException">QEMU refused: the part may still be mapped.</exception>
    bool ReplaceWithScratch(FileIdentity file, long from, long to);

    /// <summary>Puts the file back where scratch memory stands for it: after it has grown. Preallocates what was mapped for writing.</summary>
    /// <param name="file">The file.</param>
    /// <param name="from">First byte, rounded down to a page.</param>
    /// <param name="to">Byte behind the last one, such as the file's new size; rounded up to a page.</param>
    /// <returns>False when the virtual machine is stopped.</returns>
    /// <exception cref="Linux.LinuxException">QEMU refused: scratch memory stays where it is.</exception>
    bool Restore(FileIdentity file, long from, long to);
}
