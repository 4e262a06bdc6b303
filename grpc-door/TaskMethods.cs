using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using KataShimNet.AgentProto.Containerd.Tasks;

namespace KataShimNet.GrpcDoor;

/// <summary>The methods of containerd's Task service, all alike.</summary>
internal sealed class TaskMethods : IServiceMethodProvider<TaskDoor>
{
    /// <summary>Name of the service; containerd knows no other over gRPC.</summary>
    public const string Service = "containerd.task.v3.Task";

    /// <inheritdoc/>
    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<TaskDoor> context)
    {
        Add(context, "State", StateRequest.Parser, StateResponse.Parser);
        Add(context, "Create", CreateTaskRequest.Parser, CreateTaskResponse.Parser);
        Add(context, "Start", StartRequest.Parser, StartResponse.Parser);
        Add(context, "Delete", DeleteRequest.Parser, DeleteResponse.Parser);
        Add(context, "Pids", PidsRequest.Parser, PidsResponse.Parser);
        Add(context, "Pause", PauseRequest.Parser, Empty.Parser);
        Add(context, "Resume", ResumeRequest.Parser, Empty.Parser);
        Add(context, "Checkpoint", CheckpointTaskRequest.Parser, Empty.Parser);
        Add(context, "Kill", KillRequest.Parser, Empty.Parser);
        Add(context, "Exec", ExecProcessRequest.Parser, Empty.Parser);
        Add(context, "ResizePty", ResizePtyRequest.Parser, Empty.Parser);
        Add(context, "CloseIO", CloseIORequest.Parser, Empty.Parser);
        Add(context, "Update", UpdateTaskRequest.Parser, Empty.Parser);
        Add(context, "Wait", WaitRequest.Parser, WaitResponse.Parser);
        Add(context, "Stats", StatsRequest.Parser, StatsResponse.Parser);
        Add(context, "Connect", ConnectRequest.Parser, ConnectResponse.Parser);
        Add(context, "Shutdown", ShutdownRequest.Parser, Empty.Parser);
    }

    private static void Add<TRequest, TResponse>(
        ServiceMethodProviderContext<TaskDoor> context, string name, MessageParser<TRequest> request, MessageParser<TResponse> response)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        var method = new Method<TRequest, TResponse>(MethodType.Unary, Service, name, Wire(request), Wire(response));
        context.AddUnaryMethod(method, [], (door, message, call) => door.ForwardAsync(Service, name, message, response, call));
    }

    private static Marshaller<T> Wire<T>(MessageParser<T> parser)
        where T : class, IMessage<T> =>
        new(
            (message, context) =>
            {
                context.SetPayloadLength(message.CalculateSize());
                message.WriteTo(context.GetBufferWriter());
                context.Complete();
            },
            context => parser.ParseFrom(context.PayloadAsReadOnlySequence()));
}
