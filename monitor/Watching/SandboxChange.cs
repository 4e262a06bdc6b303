using KataShimNet.Sandboxes;

namespace KataShimNet.Monitor.Watching;

/// <summary>A sandbox that came or went.</summary>
/// <param name="Folder">The sandbox; null once all have been told that were there in the beginning.</param>
/// <param name="IsThere">Whether it is there now.</param>
internal readonly record struct SandboxChange(SandboxFolder? Folder, bool IsThere);
