namespace KataShimNet.TestGuest.Machines;

/// <summary>What a command in the guest left.</summary>
/// <param name="ExitCode">As the guest's shell gives it.</param>
/// <param name="Output">Standard output and error; empty when each line was handed on.</param>
public sealed record GuestResult(int ExitCode, string Output)
{
    /// <summary>The output of a command that must succeed.</summary>
    /// <exception cref="GuestException">It ended with another code than 0.</exception>
    public string Succeeded() => ExitCode == 0 ? Output : throw new GuestException($"exit code {ExitCode} in the guest:\n{Output}");
}
