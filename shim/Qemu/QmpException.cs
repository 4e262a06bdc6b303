using System;

namespace KataShimNet.Shim.Qemu;

/// <summary>QEMU refused a command, or its monitor is gone.</summary>
internal sealed class QmpException(string message, Exception? cause = null) : Exception(message, cause);
