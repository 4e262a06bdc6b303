using System;

namespace KataShimNet.VhostFrontEnd;

/// <summary>The daemon broke a protocol: an answer of the wrong form, a used element that names no request, a write outside its buffer.</summary>
/// <param name="message">What was expected and what came.</param>
public sealed class FrontEndException(string message) : Exception(message);
