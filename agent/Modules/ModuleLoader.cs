using System.IO;
using System.Runtime.InteropServices;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Modules;

/// <summary>Loads kernel modules with what they need (finit_module(2)). Their files are not compressed: the build has seen to it.</summary>
internal sealed class ModuleLoader
{
    private readonly string _folder;
    private readonly ModuleIndex _index;

    /// <summary>For the running kernel.</summary>
    public ModuleLoader()
    {
        _folder = "/lib/modules/" + File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
        _index = ModuleIndex.Read(_folder);
    }

    /// <summary>Loads a module. Does nothing when it is loaded or built in.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="parameters">Parameters, <c>key=value</c> separated by spaces; for the module itself, not for what it needs.</param>
    /// <returns>False when the guest has no such module.</returns>
    /// <exception cref="LinuxException">The kernel refuses it, such as EINVAL for a parameter or ENODEV for missing hardware.</exception>
    public bool Load(string name, string parameters = "")
    {
        if (!_index.TryFind(name, out var files))
            return false;
        for (var i = 0; i < files.Count; i++)
            LoadFile(files[i], i == files.Count - 1 ? parameters : "");
        return true;
    }

    private void LoadFile(string file, string parameters)
    {
        if (Directory.Exists("/sys/module/" + ModuleIndex.NameOf(file)))
            return;
        var path = Path.Combine(_folder, file);
        using var fd = OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, path, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0), "open", path);
        var text = Marshal.StringToCoTaskMemUTF8(parameters);
        try
        {
            if (SysSyscall.syscall(SysSyscall.SYS_finit_module, fd.Fd, text, 0, 0, 0, 0) < 0 && LinuxException.LastErrno is var errno and not Errno.EEXIST)
                throw new LinuxException(errno, "finit_module", path);
        }
        finally
        {
            Marshal.FreeCoTaskMem(text);
        }
    }
}
