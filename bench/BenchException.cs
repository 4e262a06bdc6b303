using System;

namespace KataShimNet.Bench;

/// <summary>A measurement that cannot be made; the message says why and what to do.</summary>
public sealed class BenchException(string message) : Exception(message);
