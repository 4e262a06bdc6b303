namespace KataShimNet.RuntimeConfig.Options;

/// <summary>Which files a guest maps from the host's memory (DAX), so that pods and the host share what is stored through memory maps.</summary>
public enum SharedMaps
{
    /// <summary>Those of volumes that others may use too, where QEMU and the host's kernel can.</summary>
    Auto,
    /// <summary>Those of the containers' roots as well.</summary>
    Always,
    /// <summary>None: each guest has pages of its own.</summary>
    Never,
}
