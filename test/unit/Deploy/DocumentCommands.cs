namespace KataShimNet.UnitTests.Deploy;

/// <summary>The commands of the documents that stand outside of marked blocks.</summary>
internal static class DocumentCommands
{
    /// <summary>First words that make a span of a sentence a command.</summary>
    public static readonly string[] Programs =
    [
        "make", "katanet", "katanet-fsd", "containerd-handler", "deploy/node/node.sh", "containerd", "ctr", "crictl", "docker", "nerdctl", "kubectl", "systemctl",
        "journalctl", "apt-get", "dpkg", "dotnet", "grpcurl", "curl", "mount", "modprobe", "sysctl",
    ];

    /// <summary>How a command begins, the file that runs it, and the words there.</summary>
    public static readonly (string Command, string File, string Words)[] Run =
    [
        ("make (publish|guest|node|test)", ".ci/run", "make test"),
        ("make demo", "test/e2e/Readme/MakeTests.cs", "\"demo\""),
        ("make shell", "test/e2e/Readme/MakeTests.cs", "\"shell\""),
        ("deploy/node/node.sh shell", "test/e2e/Readme/MakeTests.cs", "node.sh\", \"shell\""),
        ("make package( && cp .*)?", "test/e2e/Packages/BuiltPackages.cs", "\"package\""),
        ("make (un)?install", "test/e2e/Packages/InstallTests.cs", "\"uninstall\""),
        ("katanet [a-z]+", "test/e2e/Packages/PackageFileTests.cs", "await DocumentedCommandsExistAsync()"),
        ("katanet-fsd --help", "test/e2e/Packages/PackageFileTests.cs", "\"katanet-fsd\", \"--help\""),
        ("containerd-handler (add|remove)", "test/e2e/Packages/HandlerTests.cs", "HandlerAsync(containerd, \"add\", options)"),
        ("containerd config dump", "test/e2e/Packages/HandlerTests.cs", "\"containerd\", \"config\", \"dump\""),
        ("ctr images ls", "test/e2e/Readme/MakeTests.cs", "ctr images ls"),
        ("systemctl disable --now katanet-monitor", "test/e2e/Packages/SystemdTests.cs", "systemctl disable --now katanet-monitor"),
        ("dotnet build test/e2e", "test/run.sh", "dotnet build"),
        ("KATANET_CONTAINERD=2.1 test/e2e/bin/", "test/run.sh", "KATANET_CONTAINERD=${version%-grpc}"),
        ("apt-get install --no-install-recommends qemu-system-x86 containerd", "deploy/node/packages.txt", "\nqemu-system-x86\n"),
    ];

    /// <summary>How a command begins, and why no test runs it.</summary>
    public static readonly (string Command, string Reason)[] NotRun =
    [
        ("make (bench|hostile|fuzz|stress|coherency|soak|lint|clean)", "minutes to hours, or it deletes what is under test; DocumentTests knows the targets"),
        ("kubectl", "needs a cluster; ManifestTests reads the manifests, KubernetesInstallerTests runs the installer"),
        ("docker build", "needs Debian's image of a registry"),
        ("docker --link", "an option that is named as not tested"),
        ("systemctl restart containerd", "the node's containerd is no unit"),
        ("systemctl enable --now /opt/katanet/", "SystemdTests runs it with the unit's name"),
        ("systemctl edit", "opens an editor"),
        ("journalctl -u containerd", "the node's containerd is no unit"),
        ("grpcurl", "a program of others; MonitorTests makes these calls"),
    ];
}
