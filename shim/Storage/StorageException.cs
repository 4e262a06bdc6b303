using System;

namespace KataShimNet.Shim.Storage;

/// <summary>A root or a volume cannot be made as it is asked for. The text says which, and why.</summary>
internal sealed class StorageException(string message, Exception? cause = null) : Exception(message, cause);
