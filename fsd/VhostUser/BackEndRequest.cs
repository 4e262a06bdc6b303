namespace KataShimNet.Fsd.VhostUser;

/// <summary>Message numbers of the back end (VHOST_USER_BACKEND_*; vhost-user.rst, "Back-end message types"): those that are sent.</summary>
internal enum BackEndRequest : uint
{
    /// <summary>The configuration space changed.</summary>
    ConfigChange = 2,
    /// <summary>Maps a file into a memory region of the device: a <see cref="ShmemRange"/> and the file's descriptor.</summary>
    ShmemMap = 9,
    /// <summary>Takes a mapping away: a <see cref="ShmemRange"/> with the very offset and length that it was made with.</summary>
    ShmemUnmap = 10,
}
