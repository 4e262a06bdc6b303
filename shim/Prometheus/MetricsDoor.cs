using KataShimNet.AgentProto.ShimApi;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Shim.Prometheus;

/// <summary>The name under which a node asks for the numbers of a sandbox, on the socket of the Task service.</summary>
internal static class MetricsDoor
{
    /// <summary>Full name of the service.</summary>
    public const string Name = "katanet.shim.v1.Metrics";

    /// <summary>Offers the service.</summary>
    /// <param name="table">Gets the method.</param>
    /// <param name="service">Answers it.</param>
    public static TtrpcServiceTable AddTo(TtrpcServiceTable table, MetricsService service) =>
        table.Add(Name, "Get", MetricsRequest.Parser, service.GetAsync);
}
