using System.Collections.Generic;
using KataShimNet.Linux;

namespace KataShimNet.Shim.Qemu;

/// <summary>Gives descriptors that a child inherits their numbers, from 3 up.</summary>
internal sealed class InheritedFds
{
    private readonly Dictionary<int, OwnedFd> _fds = [];

    /// <summary>Number in the child → descriptor here, as <see cref="ChildStart.Fds"/> takes it. Standard error may be added to it.</summary>
    public IReadOnlyDictionary<int, OwnedFd> Map => _fds;

    /// <summary>Adds a descriptor; its owner stays who it was.</summary>
    /// <returns>Its number in the child.</returns>
    public int Add(OwnedFd fd)
    {
        var number = 3;
        while (!_fds.TryAdd(number, fd))
            number++;
        return number;
    }

    /// <summary>Puts a descriptor at a number of the caller's choice.</summary>
    public void Add(int number, OwnedFd fd) => _fds.Add(number, fd);
}
