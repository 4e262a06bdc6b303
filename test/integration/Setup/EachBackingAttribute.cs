using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace KataShimNet.IntegrationTests.Setup;

/// <summary>Runs a theory on every file system that the daemon has to serve.</summary>
public sealed class EachBackingAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([.. System.Enum.GetValues<Backing>().Select(backing => new TheoryDataRow<Backing>(backing))]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
