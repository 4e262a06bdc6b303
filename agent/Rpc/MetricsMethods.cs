using System.IO;
using System.Threading.Tasks;
using KataShimNet.Agent.Numbers;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Prometheus;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Agent.Rpc;

/// <summary>The call for the numbers of guest and agent.</summary>
internal static class MetricsMethods
{
    /// <summary>Adds the method to a table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="calls">What the table's server counts.</param>
    public static void AddTo(TtrpcServiceTable table, CallCounters calls) =>
        table.Add(GuestContract.AgentService, "GetMetrics", GetMetricsRequest.Parser, (_, _) => Task.FromResult(new Metrics { Metrics_ = Read(calls) }));

    private static string Read(CallCounters calls)
    {
        var text = new Exposition();
        try
        {
            GuestNumbers.Write(text);
            AgentNumbers.Write(text, calls);
        }
        catch (IOException e)
        {
            throw new TtrpcException(StatusCode.Internal, $"GetMetrics: {e.Message}", e);
        }

        return text.ToString();
    }
}
