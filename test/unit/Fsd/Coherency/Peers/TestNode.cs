using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using KataShimNet.Fsd.Coherency.Peers;
using KataShimNet.Fsd.Dax;
using KataShimNet.Linux;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Coherency.Peers;

/// <summary>A node with daemons in this process: real sockets and a real table of cuts, and guests' windows that only take notes.</summary>
internal sealed class TestNode : IDisposable
{
    public static readonly FileIdentity File = new(8, 1, 4711);

    private readonly List<TestDaemon> _daemons = [];

    public TestNode() => Folder = Directory.CreateTempSubdirectory("katanet-peers-").FullName;

    public string Folder { get; }

    public TimeSpan Limit { get; set; } = TimeSpan.FromSeconds(30);

    public ConcurrentDictionary<PeerId, string> Alive { get; } = new();

    public TestDaemon Start(IMappedFiles? maps = null)
    {
        var daemon = new TestDaemon(this, new PeerId(_daemons.Count, 7), maps);
        _daemons.Add(daemon);
        return daemon;
    }

    public void Dispose()
    {
        foreach (var daemon in _daemons)
            daemon.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    internal sealed class TestDaemon : INodeMembers, IDisposable
    {
        private readonly TestNode _node;
        private readonly PeerMesh _mesh;

        public TestDaemon(TestNode node, PeerId self, IMappedFiles? maps)
        {
            _node = node;
            Self = self;
            Table = MapTable.Open(Path.Combine(node.Folder, MapTable.FileName));
            var path = Path.Combine(node.Folder, $"peer-{self.Slot}.sock");
            var listener = PeerSocket.Listen(path);
            node.Alive[self] = path;
            var links = new PeerLinks();
            Marks = CutMarks.Map(CutMarks.OpenFile(Path.Combine(node.Folder, CutMarks.FileName)));
            Cuts = new FileCuts(Table, Marks, this, links, () => maps, NullLogger.Instance, node.Limit);
            _mesh = PeerMesh.Join(this, listener, links, Cuts, NullLogger.Instance);
            _mesh.Start();
            if (maps is not null)
                Assert.Equal(Errno.None, Cuts.Enter(File));
        }

        public PeerId Self { get; }

        public MapTable Table { get; }

        public CutMarks Marks { get; }

        public FileCuts Cuts { get; }

        public PeerLinks Links => _mesh.Links;

        public PeerId? Find(int slot) => _node.Alive.Keys.Where(peer => peer.Slot == slot).Select(peer => (PeerId?)peer).FirstOrDefault();

        public IReadOnlyList<(PeerId Peer, string Socket)> Others() =>
            [.. _node.Alive.Where(pair => pair.Key != Self).Select(pair => (pair.Key, pair.Value))];

        /// <summary>Ends as a killed keeper does: its connections close, and the table still names it for a moment.</summary>
        public void Die()
        {
            _mesh.Dispose();
            _node.Alive.TryRemove(Self, out _);
        }

        public void Dispose()
        {
            _mesh.Dispose();
            Table.Dispose();
            Marks.Dispose();
        }
    }
}
