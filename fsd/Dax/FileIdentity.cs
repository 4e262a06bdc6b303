namespace KataShimNet.Fsd.Dax;

/// <summary>Which file of the host a mapping is of: what statx(2) says of it, whatever name or mount led there.</summary>
/// <param name="DeviceMajor">stx_dev_major.</param>
/// <param name="DeviceMinor">stx_dev_minor.</param>
/// <param name="Inode">stx_ino.</param>
internal readonly record struct FileIdentity(uint DeviceMajor, uint DeviceMinor, ulong Inode);
