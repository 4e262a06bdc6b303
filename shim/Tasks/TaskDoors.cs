using KataShimNet.AgentProto.Containerd.Tasks;
using KataShimNet.AgentProto.ShimApi;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Shim.Tasks;

/// <summary>The names under which containerd calls the Task service over ttRPC, for which the messages are the same, and the node its list.</summary>
internal static class TaskDoors
{
    /// <summary>Full names of the service.</summary>
    public static readonly string[] Names = ["containerd.task.v2.Task", "containerd.task.v3.Task"];

    /// <summary>Offers a service under every name.</summary>
    /// <param name="table">Gets the methods.</param>
    /// <param name="service">Answers them.</param>
    public static TtrpcServiceTable AddTo(TtrpcServiceTable table, TaskService service)
    {
        foreach (var name in Names)
        {
            table
                .Add(name, "State", StateRequest.Parser, service.StateAsync)
                .Add(name, "Create", CreateTaskRequest.Parser, service.CreateAsync)
                .Add(name, "Start", StartRequest.Parser, service.StartAsync)
                .Add(name, "Delete", DeleteRequest.Parser, service.DeleteAsync)
                .Add(name, "Pids", PidsRequest.Parser, service.PidsAsync)
                .Add(name, "Pause", PauseRequest.Parser, service.PauseAsync)
                .Add(name, "Resume", ResumeRequest.Parser, service.ResumeAsync)
                .Add(name, "Checkpoint", CheckpointTaskRequest.Parser, service.CheckpointAsync)
                .Add(name, "Update", UpdateTaskRequest.Parser, service.UpdateAsync)
                .Add(name, "Stats", StatsRequest.Parser, service.StatsAsync)
                .Add(name, "Kill", KillRequest.Parser, service.KillAsync)
                .Add(name, "Exec", ExecProcessRequest.Parser, service.ExecAsync)
                .Add(name, "ResizePty", ResizePtyRequest.Parser, service.ResizePtyAsync)
                .Add(name, "CloseIO", CloseIORequest.Parser, service.CloseIOAsync)
                .Add(name, "Wait", WaitRequest.Parser, service.WaitAsync)
                .Add(name, "Connect", ConnectRequest.Parser, service.ConnectAsync)
                .Add(name, "Shutdown", ShutdownRequest.Parser, service.ShutdownAsync);
        }

        return table.Add(ContainerList.Service, "List", ListContainersRequest.Parser, service.ListAsync);
    }
}
