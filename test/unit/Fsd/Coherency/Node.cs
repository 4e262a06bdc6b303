using System;
using System.IO;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Coherency;

namespace KataShimNet.UnitTests.Fsd.Coherency;

/// <summary>A node: a directory on tmpfs where a table is. Removed at the end.</summary>
internal sealed class Node : IDisposable
{
    public string Directory { get; } = System.IO.Directory.CreateDirectory($"/dev/shm/katanet-node-{Guid.NewGuid():N}").FullName;

    public string File => Path.Combine(Directory, NodeTableForm.FileName);

    /// <summary>The table as a new daemon's worker has it.</summary>
    public NodeTable Register()
    {
        using var registration = DaemonRegistration.Register(Directory);
        return NodeTable.ForWorker(registration.File.Duplicate(), registration.Daemon);
    }

    public NodeDaemon Start() => new(Directory);

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}

/// <summary>A daemon as the table sees it: a registration and a worker.</summary>
internal sealed class NodeDaemon : IDisposable
{
    public NodeDaemon(string directory)
    {
        Registration = DaemonRegistration.Register(directory);
        Table = NodeTable.ForWorker(Registration.File.Duplicate(), Registration.Daemon);
        Table.Begin();
    }

    public DaemonRegistration Registration { get; }

    public NodeTable Table { get; private set; }

    public ushort Number => (ushort)Registration.Daemon;

    /// <summary>A worker dies and the next one comes, which has not counted anything yet.</summary>
    public NodeTable ReplaceWorker()
    {
        Table.Dispose();
        return Table = NodeTable.ForWorker(Registration.File.Duplicate(), Registration.Daemon);
    }

    public void Dispose()
    {
        Table.Dispose();
        Registration.Dispose();
    }
}
