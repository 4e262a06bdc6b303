namespace KataShimNet.Fsd.Confinement;

/// <summary>What one argument of a call must be for the call to be allowed.</summary>
/// <param name="Argument">Which: 0 to 5. Only its low 32 bits are looked at, which is all that the kernel takes of it.</param>
/// <param name="Mask">Bits that are compared.</param>
/// <param name="Values">What they may be.</param>
internal sealed record ArgumentCheck(int Argument, uint Mask, params uint[] Values);

/// <summary>One system call that is not refused.</summary>
/// <param name="Number">Its x86-64 number.</param>
/// <param name="Name">Its name.</param>
/// <param name="Reason">What the daemon does with it.</param>
/// <param name="Check">A condition, or null: calls without one are decided by their number alone, which the kernel remembers in a bitmap.</param>
/// <param name="Errno">0, or the error that the call fails with: for what is asked for and can be done without.</param>
internal sealed record SeccompRule(int Number, string Name, string Reason, ArgumentCheck? Check = null, int Errno = 0);
