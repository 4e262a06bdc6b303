namespace KataShimNet.Shim.Stdio;

/// <summary>Where the streams of a process go, as containerd's client named them; an empty name is none.</summary>
/// <param name="Stdin">Fifo, or empty.</param>
/// <param name="Stdout">Fifo, <c>file://…</c>, <c>binary://…</c>, or empty.</param>
/// <param name="Stderr">Fifo, <c>file://…</c>, or empty; not looked at with <c>binary://…</c>, always empty with a terminal.</param>
/// <param name="Terminal">Whether the process has a terminal: then everything it writes is its stdout.</param>
internal sealed record StdioPaths(string Stdin, string Stdout, string Stderr, bool Terminal);
