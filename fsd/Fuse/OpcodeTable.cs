using KataShimNet.Fsd.Fuse.Handlers;
using KataShimNet.Fsd.Fuse.Wire;

namespace KataShimNet.Fsd.Fuse;

/// <summary>What is done for an opcode.</summary>
/// <param name="handler">Answers the request; returns the bytes of the reply, 0 for none, or <see cref="Rings.IRequestProcessor.Deferred"/>.</param>
/// <param name="replySize">Bytes that the reply has at least, without its header: a request with less room is refused first.</param>
/// <param name="hasReply">Whether there is a reply at all.</param>
internal readonly unsafe struct OpcodeEntry(delegate*<Request, int> handler, int replySize = 0, bool hasReply = true)
{
    /// <summary>Null answers ENOSYS.</summary>
    public readonly delegate*<Request, int> Handler = handler;

    /// <summary>Least size of a reply's payload.</summary>
    public readonly int ReplySize = replySize;

    /// <summary>False for FORGET and its like.</summary>
    public readonly bool HasReply = hasReply;
}

/// <summary>The handler of each opcode. An opcode that is not here is answered ENOSYS, after which a guest does without it.</summary>
internal static unsafe class OpcodeTable
{
    private const int Count = 54;
    private static readonly OpcodeEntry[] s_entries = Build();

    /// <summary>The entry of an opcode, also of one that is not known.</summary>
    public static OpcodeEntry Find(uint opcode) => opcode < Count ? s_entries[opcode] : new OpcodeEntry(null);

    private static OpcodeEntry[] Build()
    {
        var table = new OpcodeEntry[Count];
        System.Array.Fill(table, new OpcodeEntry(null));
        void Set(Opcode opcode, delegate*<Request, int> handler, int replySize = 0, bool hasReply = true) =>
            table[(int)opcode] = new OpcodeEntry(handler, replySize, hasReply);

        Set(Opcode.Init, &Session.Init, InitOut.Size);
        Set(Opcode.Destroy, &Session.Destroy);
        Set(Opcode.Interrupt, &Session.Interrupt, hasReply: false);
        Set(Opcode.Forget, &Forgets.Forget, hasReply: false);
        Set(Opcode.BatchForget, &Forgets.BatchForget, hasReply: false);
        Set(Opcode.Lookup, &Lookup.Handle, EntryOut.Size);
        Set(Opcode.Getattr, &Attributes.Get, AttrOut.Size);
        Set(Opcode.Setattr, &SetAttributes.Handle, AttrOut.Size);
        Set(Opcode.Statx, &Attributes.Statx, StatxOut.Size);
        Set(Opcode.Access, &Attributes.Access);
        Set(Opcode.Open, &Opening.Open, OpenOut.Size);
        Set(Opcode.Opendir, &Opening.OpenDirectory, OpenOut.Size);
        Set(Opcode.Release, &Opening.Release);
        Set(Opcode.Releasedir, &Opening.ReleaseDirectory);
        Set(Opcode.Getlk, &FileLocks.Get, LkOut.Size);
        Set(Opcode.Setlk, &FileLocks.Set);
        Set(Opcode.Setlkw, &FileLocks.SetWaiting);
        Set(Opcode.Ioctl, &Ioctls.Handle, IoctlOut.Size);
        Set(Opcode.Read, &Transfer.Read);
        Set(Opcode.Write, &Transfer.Write, WriteOut.Size);
        Set(Opcode.Lseek, &Transfer.Lseek, LseekOut.Size);
        Set(Opcode.Readdir, &Directories.Read);
        Set(Opcode.Readdirplus, &Directories.ReadPlus);
        Set(Opcode.Create, &Creating.Create, CreateOut.Size);
        Set(Opcode.Tmpfile, &Creating.Tmpfile, CreateOut.Size);
        Set(Opcode.Mkdir, &Making.Mkdir, EntryOut.Size);
        Set(Opcode.Mknod, &Making.Mknod, EntryOut.Size);
        Set(Opcode.Symlink, &Making.Symlink, EntryOut.Size);
        Set(Opcode.Link, &Making.Link, EntryOut.Size);
        Set(Opcode.Unlink, &Names.Unlink);
        Set(Opcode.Rmdir, &Names.Rmdir);
        Set(Opcode.Rename, &Names.Rename);
        Set(Opcode.Rename2, &Names.Rename2);
        Set(Opcode.Readlink, &Names.Readlink);
        Set(Opcode.Statfs, &Syncing.Statfs, StatfsOut.Size);
        Set(Opcode.Flush, &Syncing.Flush);
        Set(Opcode.Fsync, &Syncing.Fsync);
        Set(Opcode.Fsyncdir, &Syncing.FsyncDirectory);
        Set(Opcode.Syncfs, &Syncing.Syncfs);
        Set(Opcode.Fallocate, &Space.Fallocate);
        Set(Opcode.CopyFileRange, &Space.CopyFileRange, WriteOut.Size);
        Set(Opcode.CopyFileRange64, &Space.CopyFileRange64, CopyFileRangeOut.Size);
        Set(Opcode.Setupmapping, &Mappings.Setup);
        Set(Opcode.Removemapping, &Mappings.Remove);
        Set(Opcode.Getxattr, &ExtendedAttributes.Get);
        Set(Opcode.Listxattr, &ExtendedAttributes.List);
        Set(Opcode.Setxattr, &ExtendedAttributes.Set);
        Set(Opcode.Removexattr, &ExtendedAttributes.Remove);
        return table;
    }
}
