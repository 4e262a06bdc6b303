using System;
using System.Collections.Concurrent;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Counters;
using KataShimNet.Fsd.Rings;
using KataShimNet.Fsd.State;
using KataShimNet.Linux;

namespace KataShimNet.UnitTests.Fsd.Transport;

/// <summary>A handler of requests that does what a test says: by default it copies the readable part to the writable one.</summary>
internal sealed class ScriptedServer : IFileSystemServer, IRequestProcessor
{
    public ConcurrentQueue<DescriptorChain> DeferredChains { get; } = new();

    public Func<DescriptorChain, int> Handler { get; set; } = Echo;

    public int Resets { get; private set; }

    public ServerCounters Counters => default;

    public ServerNumbers Numbers => default;

    public int ReadRequests(uint first, Span<OpcodeNumbers> records, out uint next)
    {
        next = 0;
        return 0;
    }

    public IRequestProcessor CreateProcessor() => this;

    public int Process(DescriptorChain chain) => Handler(chain);

    public int Defer(DescriptorChain chain)
    {
        DeferredChains.Enqueue(chain);
        return IRequestProcessor.Deferred;
    }

    public ExportPlace AddExport(string name, ExportPolicy policy, OwnedFd root)
    {
        root.Dispose();
        return default;
    }

    public void RestoreExport(string name, ExportPolicy policy, OwnedFd root, int index, long cookie) => root.Dispose();

    public void Recover(DescriptorMap descriptors) => descriptors.Dispose();

    public void RemoveExport(string name)
    {
    }

    public void SuspendLeases()
    {
    }

    public void ResumeLeases()
    {
    }

    public void Reset() => Resets++;

    private static int Echo(DescriptorChain chain)
    {
        var bytes = new byte[(int)chain.ReadableBytes];
        chain.CopyFrom(0, bytes);
        return chain.CopyTo(0, bytes);
    }
}
