using System;

namespace KataShimNet.Shim.Hooks;

/// <summary>A hook did not start, did not end in time, or ended with another status than 0.</summary>
/// <param name="message">Which, how, and what it said last on standard error.</param>
/// <param name="cause">What lies behind it, or null.</param>
internal sealed class HookException(string message, Exception? cause = null) : Exception(message, cause);
