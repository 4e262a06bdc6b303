namespace KataShimNet.AgentProto.FsdControl;

/// <summary>What of the table of a node's daemons (fsd/Coherency/README.md) concerns whoever cleans up after a daemon that was killed.</summary>
public static class NodeTableForm
{
    /// <summary>Folder of the table, and of the daemons' sockets, in the state folder.</summary>
    public const string FolderName = "coherency";

    /// <summary>Name of the file.</summary>
    public const string FileName = "table.v2";

    /// <summary>Daemons that a node can have.</summary>
    public const int MaxDaemons = 1024;

    /// <summary>Offset of the first daemon's slot.</summary>
    public const int DaemonsOffset = 4096;

    /// <summary>Bytes of a slot.</summary>
    public const int DaemonSlotSize = 128;

    /// <summary>Where a slot has the process id (i32), and 8 bytes further the time when it started (u64).</summary>
    public const int PidOffset = 8;

    /// <summary>The byte whose lock whoever registers holds. Far behind the end: locks need no bytes there.</summary>
    public const long RegistrationByte = 1L << 40;

    /// <summary>The byte whose lock a daemon holds for as long as any of its processes lives.</summary>
    /// <param name="daemon">Its number.</param>
    public static long LifeByte(int daemon) => RegistrationByte + 1 + daemon;

    /// <summary>Name of a daemon's socket for others; the one for sizes has another extension.</summary>
    /// <param name="daemon">Its number.</param>
    public static string SocketName(int daemon) => $"peer-{daemon}.sock";

    /// <summary>Extension of the socket for sizes.</summary>
    public const string SizesExtension = "sizes";
}
