namespace KataShimNet.RuntimeConfig.Options;

/// <summary>What is spoken on a second monitor of QEMU.</summary>
public enum ExtraMonitor
{
    /// <summary>There is none.</summary>
    None,
    /// <summary>Commands for people.</summary>
    Hmp,
    /// <summary>JSON.</summary>
    Qmp,
    /// <summary>JSON with line breaks.</summary>
    QmpPretty,
}
