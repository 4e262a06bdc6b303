namespace KataShimNet.Fsd.Exports;

/// <summary>What a rule of <see cref="XattrMap"/> does with a name that it matches.</summary>
internal enum XattrAction
{
    /// <summary>Puts the prefix before the guest's names, and takes it off the host's.</summary>
    Prefix,
    /// <summary>Leaves it as it is.</summary>
    Ok,
    /// <summary>Refuses the guest's names with EPERM, hides the host's.</summary>
    Bad,
    /// <summary>Refuses the guest's names with EOPNOTSUPP, hides the host's.</summary>
    Unsupported,
}

/// <summary>One rule: the first that matches decides.</summary>
/// <param name="Action">What it does.</param>
/// <param name="Client">Whether it is for names that come from the guest, which must begin with <paramref name="Key"/>.</param>
/// <param name="Server">Whether it is for names that come from the host, which must begin with <paramref name="Prepend"/>.</param>
/// <param name="Key">Start of the guest's names.</param>
/// <param name="Prepend">Start of the host's names, and what is put before the guest's.</param>
internal sealed record XattrRule(XattrAction Action, bool Client, bool Server, byte[] Key, byte[] Prepend);
