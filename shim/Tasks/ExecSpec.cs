using KataShimNet.AgentProto.Containerd.Tasks;
using KataShimNet.AgentProto.Oci;
using KataShimNet.AgentProto.Ttrpc;
using OciProcess = KataShimNet.AgentProto.Kata.Oci.Process;

namespace KataShimNet.Shim.Tasks;

/// <summary>What an Exec is to run.</summary>
internal static class ExecSpec
{
    /// <summary>Reads it.</summary>
    /// <param name="request">The request.</param>
    /// <exception cref="TtrpcException">InvalidArgument: it says nothing, or nothing that can be understood.</exception>
    public static OciProcess Read(ExecProcessRequest request)
    {
        if (request.Spec is null)
            throw new TtrpcException(StatusCode.InvalidArgument, $"exec {request.ExecId} says nothing of what to run");
        try
        {
            var process = OciJson.ReadProcess(request.Spec.Value.Memory);
            process.Terminal = request.Terminal;
            return process;
        }
        catch (OciJsonException e)
        {
            throw new TtrpcException(StatusCode.InvalidArgument, $"exec {request.ExecId}: {e.Message}", e);
        }
    }
}
