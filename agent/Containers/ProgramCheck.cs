using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using KataShimNet.AgentProto.Kata.Oci;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Containers;

/// <summary>Looks whether the kernel will be able to run a container's program at all.</summary>
/// <remarks>
/// The kernel finds out last, after crun has answered that all is well: an image for another processor would then be
/// a container that ends with status 1 and a line on its stderr. Anything doubtful is left to the kernel.
/// </remarks>
internal static unsafe class ProgramCheck
{
    private const int ElfMachineOffset = 18;
    private const ushort EM_386 = 3;
    private const ushort EM_X86_64 = 62;
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>Checks the program of a process.</summary>
    /// <param name="rootPath">The container's root as we see it.</param>
    /// <param name="mountPoints">What is mounted over parts of it; programs there are not checked.</param>
    /// <param name="process">The process.</param>
    /// <exception cref="TtrpcException">InvalidArgument: exec format error.</exception>
    public static void Check(string rootPath, IEnumerable<string> mountPoints, Process process)
    {
        using var root = new OwnedFd(Fcntl.openat(Fcntl.AT_FDCWD, rootPath, Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0));
        if (root.IsInvalid)
            return;
        foreach (var candidate in Candidates(process))
        {
            using var file = OpenInRoot(root, candidate);
            if (file.IsInvalid)
                continue;
            var path = "/" + Path.GetRelativePath(PathOf(root), PathOf(file));
            if (mountPoints.Any(m => m != "/" && (path == m || path.StartsWith(m.TrimEnd('/') + "/", StringComparison.Ordinal))))
                return;
            var head = stackalloc byte[20];
            var length = Unistd.pread(file.Fd, head, 20, 0);
            if (length >= 0 && Verdict(new ReadOnlySpan<byte>(head, (int)length)) is { } reason)
                throw new TtrpcException(StatusCode.InvalidArgument, $"exec: \"{process.Args[0]}\": exec format error: {candidate} is {reason}");
            return;
        }
    }

    /// <summary>What is wrong with a program, by its first bytes.</summary>
    /// <param name="head">The first 20 bytes, or all there are.</param>
    /// <returns>Null when the kernel can run it, as far as these bytes tell (elf(5), execve(2)).</returns>
    public static string? Verdict(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("#!"u8))
            return null;
        if (!head.StartsWith("\u007fELF"u8) || head.Length < ElfMachineOffset + sizeof(ushort))
            return "neither an ELF program nor a script that begins with #!";
        var machine = BinaryPrimitives.ReadUInt16LittleEndian(head[ElfMachineOffset..]);
        if (machine is EM_386 or EM_X86_64)
            return null;
        var name = machine switch
        {
            8 => "mips",
            20 or 21 => "powerpc",
            22 => "s390x",
            40 => "arm",
            183 => "arm64",
            243 => "riscv",
            258 => "loongarch",
            _ => "machine " + machine,
        };
        return $"a program for {name}, and this guest is x86-64: the image is one for another architecture";
    }

    private static IEnumerable<string> Candidates(Process process)
    {
        var program = process.Args[0];
        if (program.StartsWith('/'))
            return [program];
        var directory = process.Cwd.Length == 0 ? "/" : process.Cwd;
        if (program.Contains('/', StringComparison.Ordinal))
            return [Path.Combine(directory, program)];
        var search = process.Env.LastOrDefault(e => e.StartsWith("PATH=", StringComparison.Ordinal))?["PATH=".Length..] ?? DefaultPath;
        return search.Split(':', StringSplitOptions.RemoveEmptyEntries).Select(d => Path.Combine(directory, d, program));
    }

    private static OwnedFd OpenInRoot(OwnedFd root, string path) =>
        new(Fcntl.openat2(root.Fd, path, Fcntl.O_RDONLY | Fcntl.O_NONBLOCK | Fcntl.O_CLOEXEC, Fcntl.RESOLVE_IN_ROOT));

    private static string PathOf(OwnedFd fd) => new FileInfo($"/proc/self/fd/{fd.Fd}").LinkTarget ?? "/";
}
