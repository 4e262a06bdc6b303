using System;
using System.Linq;
using KataShimNet.Linux;

namespace KataShimNet.Hostile.Guests;

/// <summary>What came back for an attack, well-formed.</summary>
/// <param name="What">What was sent, for messages.</param>
/// <param name="Errno">The answer's error; null when there was no answer.</param>
/// <param name="Data">What follows the header.</param>
internal sealed record Answer(string What, Errno? Errno, byte[] Data)
{
    /// <summary>The answer is one of some errors.</summary>
    public Answer Fails(params Errno[] errors)
    {
        if (Errno is null or Linux.Errno.None)
            throw new AttackException(Verdict.Accepted, $"{What}: {Shown}, expected {string.Join(" or ", errors)}");
        return errors.Contains(Errno.Value)
            ? this
            : throw new AttackException(Verdict.OtherError, $"{What}: {Shown}, expected {string.Join(" or ", errors)}");
    }

    /// <summary>The answer is one of some errors, or success without data.</summary>
    public Answer FailsOrIsEmpty(params Errno[] errors) =>
        Errno == Linux.Errno.None && Data.All(b => b == 0) ? this : Fails(errors);

    /// <summary>The answer is success, or one of some errors.</summary>
    public Answer SucceedsOrFails(params Errno[] errors) => Errno == Linux.Errno.None ? this : Fails(errors);

    /// <summary>The answer is success.</summary>
    public Answer Succeeds() => Errno == Linux.Errno.None
        ? this
        : throw new AttackException(Verdict.WrongEffect, $"{What}: {Shown}, expected success");

    /// <summary>The request came back without an answer.</summary>
    public Answer IsSilent() => Errno is null
        ? this
        : throw new AttackException(Verdict.Accepted, $"{What}: {Shown}, expected no answer");

    private string Shown => Errno switch
    {
        null => "no answer",
        Linux.Errno.None => $"success with {Data.Length} bytes",
        _ => Errno.Value.ToString(),
    };
}
