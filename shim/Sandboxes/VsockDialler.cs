using System;
using System.Buffers.Binary;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Kata;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Polly;
using Polly.Retry;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>Connects to the agent over vsock (vsock(7)); until the guest has its driver and the agent listens, connecting fails at once.</summary>
internal static class VsockDialler
{
    // struct sockaddr_vm: u16 family, u16 zero, u32 port, u32 cid, 4 bytes zero; host byte order.
    private const int AddressSize = 16;

    private static readonly ResiliencePipeline s_dial = new ResiliencePipelineBuilder { Name = "agent-dial" }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<LinuxException>(),
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            Delay = TimeSpan.FromMilliseconds(2),
            MaxDelay = TimeSpan.FromMilliseconds(50),
        })
        .Build();

    /// <summary>Connects to <see cref="GuestContract.VsockPort"/>, however long it takes.</summary>
    /// <param name="cid">The guest's address.</param>
    /// <param name="cancel">Gives up.</param>
    public static async Task<OwnedFd> ConnectAsync(uint cid, CancellationToken cancel) =>
        await s_dial.ExecuteAsync(async token => await Task.Run(() => Connect(cid), token).ConfigureAwait(false), cancel).ConfigureAwait(false);

    private static unsafe OwnedFd Connect(uint cid)
    {
        var fd = OwnedFd.FromCall(SysSocket.socket(SysSocket.AF_VSOCK, SysSocket.SOCK_STREAM | SysSocket.SOCK_CLOEXEC, 0), "socket", "AF_VSOCK");
        var address = stackalloc byte[AddressSize];
        var span = new Span<byte>(address, AddressSize);
        span.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(span, SysSocket.AF_VSOCK);
        BinaryPrimitives.WriteUInt32LittleEndian(span[4..], GuestContract.VsockPort);
        BinaryPrimitives.WriteUInt32LittleEndian(span[8..], cid);
        if (SysSocket.connect(fd.Fd, address, AddressSize) == 0)
            return fd;
        var errno = LinuxException.LastErrno;
        fd.Dispose();
        throw new LinuxException(errno, "connect", "vsock");
    }
}
