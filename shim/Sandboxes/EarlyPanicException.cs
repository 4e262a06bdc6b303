using System;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>The guest's kernel panicked before its agent had answered.</summary>
/// <param name="cause">What the start of the sandbox ended with; containerd gets it when there is no other boot.</param>
internal sealed class EarlyPanicException(Exception cause) : Exception(cause.Message, cause);
