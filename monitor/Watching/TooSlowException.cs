using System;

namespace KataShimNet.Monitor.Watching;

/// <summary>Somebody who is told of changes does not read them.</summary>
internal sealed class TooSlowException() : Exception("changes came faster than they were read; call again to learn what is there now");
