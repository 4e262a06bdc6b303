using System;

namespace KataShimNet.Fsd.Worker.Channel;

/// <summary>The worker ended before it answered: what was asked was followed or not, and is to be asked of the next one.</summary>
internal sealed class WorkerDiedException() : Exception("the worker has ended");
