using System;
using System.Collections.Generic;
using KataShimNet.AgentProto.Kata;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Qemu.Arguments;
using KataShimNet.Shim.Qemu.Hotplug;
using KataShimNet.Shim.Sandboxes.Sizing;

namespace KataShimNet.Shim.Qemu;

/// <summary>Numbers in QEMU of the descriptors that it inherits.</summary>
/// <param name="Qmp">Monitor.</param>
/// <param name="Console">The guest's console.</param>
/// <param name="Sharing">vhost-user connection to fsd.</param>
/// <param name="Agent">The agent's serial port; null with vsock.</param>
/// <param name="Vsock">/dev/vhost-vsock; null without.</param>
/// <param name="Kvm">/dev/kvm; null under emulation.</param>
/// <param name="Entropy">The device that random numbers are from; null for QEMU's own way.</param>
/// <param name="ExtraMonitor">The listening socket of a second monitor; null without.</param>
internal sealed record QemuFds(
    int Qmp, int Console, int Sharing, int? Agent, int? Vsock, int? Kvm = null, int? Entropy = null, int? ExtraMonitor = null);

/// <summary>QEMU's whole command line, from the settings.</summary>
internal static class QemuCommandLine
{
    /// <summary>Id of the agent's port in QMP events.</summary>
    public const string AgentPortId = "agent-port";

    /// <summary>Under TCG one vCPU gets plain stores for atomic instructions, so memory shared between guests would lose updates.</summary>
    public const int MinTcgVcpus = 2;

    /// <summary>Builds the words.</summary>
    /// <param name="sandboxId">For QEMU's name, which process lists show.</param>
    /// <param name="options">Settings.</param>
    /// <param name="kvm">Whether KVM accelerates; otherwise TCG.</param>
    /// <param name="size">How big the machine is.</param>
    /// <param name="fds">Inherited descriptors.</param>
    /// <param name="ports">Root ports for devices that come later.</param>
    /// <param name="nics">Network interfaces that are there from the start.</param>
    /// <param name="guestCid">The guest's vsock address; used when there is a descriptor for it.</param>
    /// <returns>All words, the program first.</returns>
    public static IReadOnlyList<string> Build(
        string sandboxId, KatanetOptions options, bool kvm, MachineSize size, QemuFds fds, RootPortTable ports, IReadOnlyList<IQemuArgument> nics, uint guestCid = 0)
    {
        var words = new List<string> { options.Hypervisor.Path };
        foreach (var argument in Arguments(sandboxId, options, kvm, size, fds, ports, nics, guestCid))
            argument.AppendTo(words);
        return words;
    }

    private static IEnumerable<IQemuArgument> Arguments(
        string sandboxId, KatanetOptions options, bool kvm, MachineSize size, QemuFds fds, RootPortTable ports, IReadOnlyList<IQemuArgument> nics, uint guestCid)
    {
        var (hypervisor, vcpus) = (options.Hypervisor, size.Vcpus);
        yield return new Bare($"sandbox-{sandboxId}");
        if (hypervisor.Seccomp)
            yield return new Confinement();
        yield return new Accelerating(fds.Kvm);
        yield return new Machine("mem");
        yield return new Processor(kvm, vcpus, size.MaxVcpus, hypervisor.CpuFeatures);
        yield return new SharedMemory("mem", size.MemoryMib, size.MaxMemoryMib, hypervisor.Hugepages, hypervisor.Prealloc);
        yield return new SocketChardev("qmp", fds.Qmp);
        yield return new QmpMonitor("qmp");
        if (fds.ExtraMonitor is { } extra)
            yield return new SecondMonitor(extra, hypervisor.ExtraMonitorSocket);
        yield return new RootPorts(ports.All);
        if (options.Sharing.Dax != SharedMaps.Never)
            yield return new MappedSharePort(options.Sharing.DaxWindowMib);
        yield return new SerialBus("serial");
        yield return new SocketChardev("console", fds.Console);
        yield return new ConsolePort("serial", "console");
        if (fds.Agent is { } agent)
        {
            yield return new SocketChardev("agent", agent);
            yield return new SerialPort("serial", "agent", AgentPortId, GuestContract.SerialPortName);
        }

        if (fds.Vsock is { } vsock)
            yield return new VhostVsock(vsock, guestCid);
        foreach (var nic in nics)
            yield return nic;
        yield return new Entropy(fds.Entropy);
        if (hypervisor.BlockIothread)
            yield return new DiskThread();
        yield return new PanicDevice();
        if (hypervisor.FreePageReporting)
            yield return new Balloon();
        yield return new SocketChardev("sharing", fds.Sharing);
        yield return new VhostUserFs(
            "sharing", GuestContract.ShareTag, options.Sharing.Queues == 0 ? Math.Min(vcpus, 64) : options.Sharing.Queues, options.Sharing.QueueSize);
        yield return new DirectBoot(
            options.Guest.Kernel,
            KernelCommandLine.Build(options, overVsock: fds.Vsock is not null),
            options.Guest.Boot == GuestBoot.Initrd ? options.Guest.Initrd : null);
        yield return new Extra(hypervisor.ExtraArguments);
    }
}
