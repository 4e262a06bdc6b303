using System;
using System.Runtime.CompilerServices;
using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.Memory;
using KataShimNet.VhostFrontEnd.Rings;

namespace KataShimNet.VhostFrontEnd.Load;

/// <summary>A place for one request at a time, in guest memory, used again and again: laid out as Linux's virtio-fs driver does it.</summary>
/// <remarks>
/// Readable: the header, the arguments, pages of data. Writable: the header, the answer, pages of data. Pages are descriptors of
/// 4 KiB each. The table of descriptors is written only when the shape changes, so that a load costs its generator little.
/// </remarks>
public sealed unsafe class LoadSlot
{
    /// <summary>Bytes of a page of data.</summary>
    public const int PageSize = 4096;

    private const int ArgumentRoom = 512;
    private const int AnswerRoom = 512;

    private readonly byte* _table;
    private readonly byte* _header;
    private readonly ulong _headerAddress;
    private readonly ulong _dataAddress;
    private readonly int _dataRoom;
    private Shape _shape;

    internal LoadSlot(GuestMemory memory, int index, int dataRoom)
    {
        Index = index;
        _dataRoom = (dataRoom + PageSize - 1) / PageSize * PageSize;
        var descriptors = 4 + _dataRoom / PageSize;
        TableAddress = memory.Allocate((ulong)(descriptors * Descriptor.Size));
        _table = memory.Pointer(TableAddress, (ulong)(descriptors * Descriptor.Size));
        const int fixedPart = FuseClient.InHeaderSize + ArgumentRoom + FuseClient.OutHeaderSize + AnswerRoom;
        _headerAddress = memory.Allocate(fixedPart);
        _header = memory.Pointer(_headerAddress, fixedPart);
        _dataAddress = memory.Allocate((ulong)Math.Max(_dataRoom, PageSize), PageSize);
        Data = memory.Pointer(_dataAddress, (ulong)Math.Max(_dataRoom, PageSize));
    }

    /// <summary>Its number, which is that of its head descriptor.</summary>
    public int Index { get; }

    /// <summary>For whoever drives the load: where its operation stands.</summary>
    public int Step { get; set; }

    /// <summary>For whoever drives the load: what its operation is about.</summary>
    public uint Tag { get; set; }

    /// <summary>When its operation began, in ticks of the load's clock.</summary>
    public long Began { get; set; }

    /// <summary>The arguments behind the header: 512 bytes.</summary>
    public byte* Arguments => _header + FuseClient.InHeaderSize;

    /// <summary>The answer behind its header.</summary>
    public byte* Answer => Reply + FuseClient.OutHeaderSize;

    /// <summary>Pages of data.</summary>
    public byte* Data { get; }

    /// <summary>Error of the reply: 0, or a negative error number.</summary>
    public int Error => Unsafe.ReadUnaligned<int>(Reply + 4);

    /// <summary>Bytes of the reply as its header says.</summary>
    public int ReplyLength => Unsafe.ReadUnaligned<int>(Reply);

    internal ulong TableAddress { get; }

    internal int TableLength => _shape.Descriptors * Descriptor.Size;

    private byte* Reply => _header + FuseClient.InHeaderSize + ArgumentRoom;

    /// <summary>Makes the slot hold a request; its arguments are written by the caller.</summary>
    /// <param name="opcode">Operation.</param>
    /// <param name="node">Node.</param>
    /// <param name="arguments">Bytes of arguments.</param>
    /// <param name="answer">Bytes of the answer; −1 for a request without a reply.</param>
    /// <param name="dataIn">Bytes of data that the device reads.</param>
    /// <param name="dataOut">Bytes of data that the device may write.</param>
    public void Prepare(FuseOpcode opcode, ulong node, int arguments, int answer, int dataIn = 0, int dataOut = 0)
    {
        var shape = new Shape(arguments, answer, dataIn, dataOut, 0);
        if (_shape.Descriptors == 0 || shape != _shape with { Descriptors = 0 })
            Lay(shape);
        var header = _header;
        Unsafe.WriteUnaligned(header, (uint)(FuseClient.InHeaderSize + arguments + dataIn));
        Unsafe.WriteUnaligned(header + 4, (uint)opcode);
        Unsafe.WriteUnaligned(header + 8, Unsafe.ReadUnaligned<ulong>(header + 8) + 2);
        Unsafe.WriteUnaligned(header + 16, node);
    }

    private void Lay(Shape shape)
    {
        if (shape.Arguments > ArgumentRoom || shape.Answer > AnswerRoom || shape.DataIn > _dataRoom || shape.DataOut > _dataRoom)
            throw new ArgumentOutOfRangeException(nameof(shape), $"a slot has no room for {shape}");
        var count = 0;
        var answer = _headerAddress + FuseClient.InHeaderSize + ArgumentRoom;
        Add(ref count, _headerAddress, FuseClient.InHeaderSize, 0);
        Add(ref count, _headerAddress + FuseClient.InHeaderSize, shape.Arguments, 0);
        AddPages(ref count, shape.DataIn, 0);
        Add(ref count, answer, shape.Answer < 0 ? 0 : FuseClient.OutHeaderSize, DescriptorFlags.Write);
        Add(ref count, answer + FuseClient.OutHeaderSize, Math.Max(0, shape.Answer), DescriptorFlags.Write);
        AddPages(ref count, shape.DataOut, DescriptorFlags.Write);
        // The last one continues nothing.
        Unsafe.WriteUnaligned(_table + (count - 1) * Descriptor.Size + 12,
            (ushort)(Unsafe.ReadUnaligned<ushort>(_table + (count - 1) * Descriptor.Size + 12) & ~(ushort)DescriptorFlags.Next));
        _shape = shape with { Descriptors = count };
    }

    private void AddPages(ref int count, int length, DescriptorFlags flags)
    {
        for (var at = 0; at < length; at += PageSize)
            Add(ref count, _dataAddress + (ulong)at, Math.Min(PageSize, length - at), flags);
    }

    private void Add(ref int count, ulong address, int length, DescriptorFlags flags)
    {
        if (length == 0)
            return;
        VringLayout.Encode(
            new Span<byte>(_table + count * Descriptor.Size, Descriptor.Size),
            new Descriptor(address, (uint)length, flags | DescriptorFlags.Next, (ushort)(count + 1)));
        count++;
    }

    private readonly record struct Shape(int Arguments, int Answer, int DataIn, int DataOut, int Descriptors);
}
