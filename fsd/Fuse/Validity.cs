namespace KataShimNet.Fsd.Fuse;

/// <summary>For how long a guest may believe something.</summary>
/// <param name="Seconds">Whole seconds.</param>
/// <param name="Nanoseconds">The rest.</param>
internal readonly record struct Validity(ulong Seconds, uint Nanoseconds);
