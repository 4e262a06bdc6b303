using System.Linq;
using KataShimNet.Fsd.Fuse;
using Xunit;

namespace KataShimNet.UnitTests.Fsd;

/// <summary>The guess follows what the guest does, and a wrong one costs little.</summary>
public sealed class LookupGuessTests
{
    [Fact]
    public void AFirstWalkIsLookedAtOnceInEightLookups()
    {
        var guess = new LookupGuess();
        Assert.Equal(10, Ask(guess, known: false, 80));
    }

    [Fact]
    public void AGuestThatAsksAgainIsBelievedWithinEightLookups()
    {
        var guess = new LookupGuess();
        Assert.Equal(93, Ask(guess, known: true, 100));
    }

    [Fact]
    public void AWalkAfterThatIsNoticedAfterFourLookups()
    {
        var guess = new LookupGuess();
        _ = Ask(guess, known: true, 100);
        Assert.InRange(Ask(guess, known: false, 80), 4, 14);
    }

    // How often the guess was that it is known.
    private static int Ask(LookupGuess guess, bool known, int times) => Enumerable.Range(0, times).Count(_ =>
    {
        if (!guess.Next())
            return false;
        guess.Learn(known);
        return true;
    });
}
