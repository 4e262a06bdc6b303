using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Linq;
using System.Text;
using KataShimNet.Fsd.Coherency;
using KataShimNet.Fsd.Coherency.Guard;
using KataShimNet.Fsd.Dax;
using KataShimNet.Fsd.Exports;
using KataShimNet.Fsd.Keeper;
using KataShimNet.Fsd.VhostUser;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Commands;

/// <summary>The command line of the daemon. Names are virtiofsd's where it has them.</summary>
internal sealed class DaemonCommand
{
    private const int ExitUsage = 2;
    private const int MaxRequestQueues = DeviceLimits.MaxQueues - 1;

    private readonly Option<int?> _fd = new("--fd")
    {
        Description = "Descriptor of the vhost-user socket: connected to the front end or, with --shared-dir, also one that listens.",
        HelpName = "number",
        CustomParser = ParseDescriptor,
    };

    private readonly Option<int?> _controlFd = new("--control-fd")
    {
        Description = "Descriptor of a connected SOCK_SEQPACKET socket over which exports are added and removed. Needs --fd.",
        HelpName = "number",
        CustomParser = ParseDescriptor,
    };

    private readonly Option<int?> _guestFd = new("--guest-fd")
    {
        Description = "Descriptor of a connected SOCK_SEQPACKET socket by which the guest can be asked to look again at files whose size changed. Needs --control-fd.",
        HelpName = "number",
        CustomParser = ParseDescriptor,
    };

    private readonly Option<string?> _socketPath = new("--socket-path")
    {
        Description = "Path of the vhost-user socket to listen on, mode 0600. Needs --shared-dir.",
        HelpName = "path",
    };

    private readonly Option<string?> _sharedDir = new("--shared-dir")
    {
        Description = "Serve this one directory as the root, without exports.",
        HelpName = "directory",
    };

    private readonly Option<string?> _socketGroup = new("--socket-group")
    {
        Description = "Group that the socket of --socket-path belongs to and is open for, by name or number: mode 0660.",
        HelpName = "group",
    };

    private readonly Option<bool> _keepListening = new("--keep-listening")
    {
        Description = "Wait for the next front end when one is gone, instead of ending. Needs --socket-path.",
    };

    private readonly Option<string?> _tag = new("--tag")
    {
        Description = "Name by which the guest mounts, for front ends that leave the device's configuration space to the daemon "
            + $"(QEMU's vhost-user-fs-pci has its own and warns): 1 to {DeviceConfig.MaxTag} bytes.",
        HelpName = "tag",
    };

    private readonly Option<uint> _requestQueues = new("--num-request-queues")
    {
        Description = $"Number of request queues, together with --tag: 1 to {MaxRequestQueues}.",
        HelpName = "number",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<string?> _daxWindow = new("--dax-window")
    {
        Description = "Bytes of the guest's memory into which files of the host are mapped, so that they are shared with other guests: a power of "
            + $"two from {DaxWindowSize.Range >> 20}M to {DaxWindowSize.Most >> 20}M. Needs --tag, and a front end that is QEMU 11.1's vhost-user-test-device-pci.",
        HelpName = "size",
    };

    private readonly Option<string> _logLevel = new("--log-level")
    {
        Description = "What is logged to standard error: off, error, warn, info, debug or trace.",
        HelpName = "level",
        DefaultValueFactory = _ => "info",
    };

    private readonly Option<string> _id = new("--id")
    {
        Description = "Name of the sandbox in the log.",
        HelpName = "name",
        DefaultValueFactory = _ => "",
    };

    private readonly Option<string?> _coherencyDir = new("--coherency-dir")
    {
        Description = "Directory on tmpfs that all daemons of the node are given, where they tell one another who uses which file: guests then "
            + "keep names and attributes of files that nobody else uses.",
        HelpName = "directory",
    };

    private readonly Option<string> _leases = new("--leases")
    {
        Description = "With --coherency-dir, in milliseconds: for how long guests believe what they are told, by how much longer others wait, for "
            + "how long nothing is kept of a file that another used.",
        HelpName = "validity,margin,contention",
        DefaultValueFactory = _ => LeaseTerms.Default.ToWord(),
    };

    private readonly Option<string> _truncationGuard = new("--truncation-guard")
    {
        Description = "With --coherency-dir and --dax-window: a process of the host that cuts a file which a guest maps waits until the guest's "
            + "map of it was put aside. auto: where kernel (6.14) and file system (ext4, xfs, btrfs) can; on: refuse to start where the kernel cannot.",
        HelpName = "auto|on|off",
        DefaultValueFactory = _ => "auto",
    };

    private readonly Option<bool> _noSharedMaps = new("--no-shared-maps")
    {
        Description = "With --control-fd: a guest that would have pages of its own of a shared file cannot map it with MAP_SHARED (ENODEV).",
    };

    private readonly Option<bool> _syslog = new("--syslog") { Description = "Log to the system's log (/dev/log) instead of standard error." };

    private readonly Option<bool> _printCapabilities = new("--print-capabilities")
    {
        Description = "Print what management software may use, as JSON (QEMU's docs/interop/vhost-user.json), and end.",
    };

    private readonly ServingSwitches _serving = new();
    private readonly ProcessSwitches _process = new();
    private readonly RootCommand _command;

    private DaemonCommand()
    {
        _truncationGuard.AcceptOnlyFromAmong("auto", "on", "off");
        _command = new RootCommand(
            "Virtio-fs daemon of KataShimNet: a vhost-user back end that shares directories with a virtual machine.\n\n"
            + "By a shim:    katanet-fsd --fd N --control-fd M [--tag T]\n"
            + "Stand-alone:  katanet-fsd --socket-path S --shared-dir D [--readonly] [options of virtiofsd]")
        {
            _fd, _controlFd, _guestFd, _socketPath, _socketGroup, _keepListening, _sharedDir, _tag, _requestQueues, _daxWindow, _coherencyDir, _leases, _truncationGuard, _noSharedMaps, _logLevel, _syslog, _id, _printCapabilities,
        };
        foreach (var option in _serving.All.Concat(_process.All))
            _command.Add(option);
        _command.SetAction(parsed => KeeperProgram.Run(ToOptions(parsed)));
    }

    /// <summary>Reads the command line and runs the daemon.</summary>
    /// <param name="args">Arguments without the program's name.</param>
    /// <returns>Exit status: 2 for a command line that makes no sense.</returns>
    public static int Run(string[] args)
    {
        var command = new DaemonCommand();
        try
        {
            args = CompatOptions.Expand(args);
        }
        catch (FormatException e)
        {
            return Refuse([e.Message]);
        }

        var parsed = command._command.Parse(args);
        if (parsed.Errors.Count > 0)
            return Refuse(parsed.Errors.Select(error => error.Message));
        if (parsed.GetValue(command._printCapabilities))
        {
            Console.Out.WriteLine(BackEndCapabilities.Json);
            return 0;
        }

        // --help and --version are actions of their own.
        if (ReferenceEquals(parsed.Action, command._command.Action) && command.FindContradiction(parsed) is { } contradiction)
            return Refuse([contradiction]);
        return parsed.Invoke();
    }

    private static int Refuse(IEnumerable<string> errors)
    {
        foreach (var error in errors)
            Console.Error.WriteLine($"katanet-fsd: {error}");
        Console.Error.WriteLine("katanet-fsd: see --help");
        return ExitUsage;
    }

    private static int? ParseDescriptor(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return number;
        result.AddError($"\"{text}\" is not the number of a descriptor");
        return null;
    }

    private string? FindContradiction(ParseResult result)
    {
        var fd = result.GetValue(_fd);
        var control = result.GetValue(_controlFd);
        var socket = result.GetValue(_socketPath);
        var directory = result.GetValue(_sharedDir);
        var tagBytes = result.GetValue(_tag) is { } tag ? Encoding.UTF8.GetByteCount(tag) : 1;
        if (fd is null && socket is null)
            return "give the vhost-user socket: --fd or --socket-path";
        if (fd is not null && socket is not null)
            return "--fd and --socket-path both name the vhost-user socket: give one of them";
        if (control is null && directory is null)
            return "say what to serve: --control-fd (exports) or --shared-dir (one directory)";
        if (control is not null && directory is not null)
            return "--control-fd (exports) and --shared-dir (one directory) exclude one another";
        if (control is null && result.GetValue(_noSharedMaps))
            return "--no-shared-maps is for --control-fd; of one directory files that bypass the cache are mapped with --allow-mmap only";
        if (control is not null && socket is not null)
            return "--control-fd needs --fd";
        if (fd < 3)
            return $"--fd {fd}: descriptors 0 to 2 are standard input, output and error";
        if (control < 3)
            return $"--control-fd {control}: descriptors 0 to 2 are standard input, output and error";
        if (result.GetValue(_guestFd) is { } guest && (guest < 3 || guest == fd || guest == control || control is null))
            return $"--guest-fd {guest}: a descriptor of its own from 3 on, together with --control-fd";
        if (fd is not null && fd == control)
            return "--fd and --control-fd are the same descriptor";
        if (result.GetValue(_socketGroup) is not null && socket is null)
            return "--socket-group is for --socket-path";
        if (result.GetValue(_keepListening) && socket is null)
            return "--keep-listening needs --socket-path: no other front end comes over a descriptor";
        if (tagBytes is 0 or > DeviceConfig.MaxTag)
            return $"--tag has {tagBytes} bytes: 1 to {DeviceConfig.MaxTag} are possible";
        if (result.GetValue(_requestQueues) is 0 or > MaxRequestQueues)
            return $"--num-request-queues: 1 to {MaxRequestQueues} are possible";
        if (DaxContradiction(result) is { } wrong)
            return wrong;
        try
        {
            _ = LeaseTerms.FromWord(result.GetValue(_leases)!);
        }
        catch (FormatException e)
        {
            return $"--leases {e.Message}";
        }

        if (ToLevel(result.GetValue(_logLevel)) is null)
            return $"--log-level {result.GetValue(_logLevel)}: off, error, warn, info, debug and trace are possible";
        return _serving.FindContradiction(result, directory is not null) ?? _process.FindContradiction(result);
    }

    private string? DaxContradiction(ParseResult result)
    {
        if (result.GetValue(_daxWindow) is not { } size)
            return null;
        try
        {
            _ = DaxWindowSize.Parse(size);
            return result.GetValue(_tag) is null ? "--dax-window needs --tag: the device that has a window leaves its configuration space to the daemon" : null;
        }
        catch (FormatException e)
        {
            return $"--dax-window {e.Message}";
        }
    }

    private KeeperOptions ToOptions(ParseResult parsed) => new()
    {
        Fd = parsed.GetValue(_fd),
        ControlFd = parsed.GetValue(_controlFd),
        GuestFd = parsed.GetValue(_guestFd),
        SocketPath = parsed.GetValue(_socketPath),
        SharedDirectory = parsed.GetValue(_sharedDir),
        CoherencyDirectory = parsed.GetValue(_coherencyDir),
        Guard = Enum.Parse<GuardUse>(parsed.GetValue(_truncationGuard)!, ignoreCase: true),
        Serving = (parsed.GetValue(_sharedDir) is null
            ? ServingOptions.ForExports with { AllowMmap = !parsed.GetValue(_noSharedMaps) }
            : _serving.ToOptions(parsed)) with
        {
            Leases = LeaseTerms.FromWord(parsed.GetValue(_leases)!),
            DaxWindow = parsed.GetValue(_daxWindow) is { } size ? DaxWindowSize.Parse(size) : 0,
        },
        Sandbox = _process.ToSandbox(parsed),
        DescriptorLimit = _process.DescriptorLimit(parsed),
        SocketGroup = parsed.GetValue(_socketGroup),
        KeepListening = parsed.GetValue(_keepListening),
        Syslog = parsed.GetValue(_syslog),
        Tag = parsed.GetValue(_tag),
        RequestQueues = parsed.GetValue(_requestQueues),
        Level = ToLevel(parsed.GetValue(_logLevel))!.Value,
        Id = parsed.GetValue(_id)!,
    };

    private static LogLevel? ToLevel(string? name) => name switch
    {
        "off" => LogLevel.None,
        "error" => LogLevel.Error,
        "warn" => LogLevel.Warning,
        "info" => LogLevel.Information,
        "debug" => LogLevel.Debug,
        "trace" => LogLevel.Trace,
        _ => null,
    };
}
