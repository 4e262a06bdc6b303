using System;
using System.IO;
using System.Text;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.VhostFrontEnd.Daemons;
using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.VhostUser;

namespace KataShimNet.IntegrationTests.Setup;

/// <summary>What a test asks of its daemon.</summary>
public sealed record ShareOptions
{
    public CoherencyClass Coherency { get; init; } = CoherencyClass.Private;

    public FrontEndOptions FrontEnd { get; init; } = new();

    /// <summary>Descriptors that the daemon may have (RLIMIT_NOFILE); 0 is as many as the test itself.</summary>
    public int Descriptors { get; init; }

    public InitFlags InitFlags { get; init; } = InitFlags.LinuxGuest & ~InitFlags.WritebackCache;
}

/// <summary>A daemon that serves one writable folder as the export <c>e</c>, and a guest that has looked it up.</summary>
public sealed class Share : IDisposable
{
    private readonly VirtiofsdDaemon? _virtiofsd;

    public Share(Backing backing, ShareOptions? options = null)
    {
        options ??= new ShareOptions();
        Folder = new BackingFolder(backing);
        Directory.CreateDirectory(Folder.Location + "/e");
        try
        {
            if (Published.VirtiofsdTree is { } tree)
            {
                var virtiofsd = VirtiofsdDaemon.Start(tree, Folder.Location + "/.", "--xattr", "--killpriv-v2");
                _virtiofsd = virtiofsd;
                Process = virtiofsd.Process;
                Device = new FrontEnd(virtiofsd.Connection, options.FrontEnd).Start();
            }
            else
            {
                var fsd = FsdDaemon.StartLimited(Published.Fsd, options.Descriptors);
                Fsd = fsd;
                Process = fsd.Process;
                fsd.AddExportAsync("e", At(""), options.Coherency).Wait();
                Device = new FrontEnd(fsd.Connection, options.FrontEnd).Start();
            }

            Fuse = new FuseClient(Device);
            _ = Fuse.Init(options.InitFlags).Value;
            RootEntry = Fuse.Lookup(FuseValues.RootId, "e").Value;
            LeakCheck.Watch(Process);
        }
        catch (Exception e)
        {
            var log = Process?.Log;
            _virtiofsd?.Dispose();
            Fsd?.Dispose();
            Folder.Dispose();
            throw new InvalidOperationException($"the daemon did not come up: {e.Message}\n{log}", e);
        }
    }

    public BackingFolder Folder { get; }

    public Daemon Process { get; }

    /// <summary>The daemon's control channel and connection; null when the tests run against virtiofsd.</summary>
    public FsdDaemon? Fsd { get; }

    public FrontEnd Device { get; }

    public FuseClient Fuse { get; }

    public FuseEntry RootEntry { get; }

    /// <summary>Node of the export's root.</summary>
    public ulong Root => RootEntry.NodeId;

    /// <summary>Path on the host of something in the export.</summary>
    public string At(string name) => Folder.Location + "/e/" + name;

    /// <summary>Makes a file on the host.</summary>
    public void Put(string name, string content) => File.WriteAllText(At(name), content);

    public byte[] HostBytes(string name) => File.ReadAllBytes(At(name));

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public void Dispose()
    {
        Device.Dispose();
        _virtiofsd?.Dispose();
        Fsd?.Dispose();
        Folder.Dispose();
    }
}
