using System;
using System.Threading.Tasks;

namespace KataShimNet.Shim.Storage.Exports;

/// <summary>One use of an export; the last one given up removes it.</summary>
/// <param name="Name">The export.</param>
/// <param name="Mapped">Whether it is on the second device, whose files the guest maps.</param>
/// <param name="ReleaseAsync">Gives it up; called once.</param>
internal sealed record ExportUse(string Name, bool Mapped, Func<Task> ReleaseAsync)
{
    /// <summary>Where the guest has it.</summary>
    public string GuestPath => GuestPaths.InGuest(Name, Mapped);
}
