using Google.Protobuf;

namespace KataShimNet.Shim.Events;

/// <summary>Takes events for containerd, in the order in which they are to arrive.</summary>
internal interface IEventSink
{
    /// <summary>Hands an event over; returns at once.</summary>
    /// <param name="topic">Such as <c>/tasks/exit</c>.</param>
    /// <param name="message">A message of package containerd.events.</param>
    void Publish(string topic, IMessage message);
}
