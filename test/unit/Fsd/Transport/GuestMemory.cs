using System;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Transport;

/// <summary>A memfd that plays guest memory, and the guest's own view of it.</summary>
internal sealed unsafe class GuestMemory : IDisposable
{
    private readonly nint _mapping;

    public GuestMemory(ulong guestAddress, int size, ulong userAddress = 0)
    {
        File = OwnedFd.FromCall(SysMman.memfd_create("guest", SysMman.MFD_CLOEXEC), "memfd_create");
        LinuxException.Check(Fcntl.fallocate(File.Fd, 0, 0, size), "fallocate");
        _mapping = SysMman.mmap(0, (nuint)size, SysMman.PROT_READ | SysMman.PROT_WRITE, SysMman.MAP_SHARED, File.Fd, 0);
        Assert.NotEqual(-1, _mapping);
        Record = new RegionRecord
        {
            GuestAddress = guestAddress,
            Size = (ulong)size,
            UserAddress = userAddress == 0 ? guestAddress + UserOffset : userAddress,
        };
    }

    /// <summary>How far the front end's addresses lie above those of the guest, unless a test chooses another.</summary>
    public const ulong UserOffset = 0x7f00_0000_0000;

    public OwnedFd File { get; }

    public RegionRecord Record { get; }

    public byte* At(ulong guestAddress) => (byte*)_mapping + (guestAddress - Record.GuestAddress);

    public void Dispose()
    {
        _ = SysMman.munmap(_mapping, (nuint)Record.Size);
        File.Dispose();
    }
}
