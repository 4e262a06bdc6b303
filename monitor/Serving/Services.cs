using Grpc.Health.V1;
using Grpc.HealthCheck;
using Grpc.Reflection;
using Grpc.Reflection.V1Alpha;

namespace KataShimNet.Monitor.Serving;

/// <summary>The standard services beside ours. Their descriptors are named, since nothing is looked up by reflection in a program compiled ahead of time.</summary>
internal static class Services
{
    /// <summary>grpc.health.v1.Health: SERVING from the first moment, for all and for our service.</summary>
    public static HealthServiceImpl Health()
    {
        var health = new HealthServiceImpl();
        health.SetStatus("", HealthCheckResponse.Types.ServingStatus.Serving);
        health.SetStatus(Api.Monitor.Descriptor.FullName, HealthCheckResponse.Types.ServingStatus.Serving);
        return health;
    }

    /// <summary>grpc.reflection.v1alpha.ServerReflection, which grpcurl and others ask.</summary>
    public static ReflectionServiceImpl Reflection() =>
        new(Api.Monitor.Descriptor, Grpc.Health.V1.Health.Descriptor, ServerReflection.Descriptor);
}
