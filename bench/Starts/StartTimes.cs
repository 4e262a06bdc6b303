using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using KataShimNet.Bench.Nodes;

namespace KataShimNet.Bench.Starts;

/// <summary>Seconds until the first line of output: our container, and a bare boot, in turns.</summary>
/// <param name="Container">From <c>ctr run</c> to the container's line.</param>
/// <param name="Bare">From QEMU's start to the init's line.</param>
/// <param name="Ratios">Container by bare, pair by pair.</param>
public sealed record StartTimes(Series Container, Series Bare, Series Ratios)
{
    /// <summary>Prefix of the containers' ids; the warm-up has number 0.</summary>
    public const string IdPrefix = "bench-start-";

    // Both sides alike: a child of the same shell, its output read by the same loop, the clock read by the shell itself.
    // Standard error is read too, so that the reason is told when no line comes.
    private const string Script = """
        set -uo pipefail
        runs=$1 runtime=$2 image=$3 prefix=$4
        mapfile -d '' bare </state/bare.argv
        first_line() {
            local kind=$1 marker=$2 begin end='' line said=''
            shift 2
            begin=$EPOCHREALTIME
            while IFS= read -r line; do
                if [[ -z $end && $line == *"$marker"* ]]; then end=$EPOCHREALTIME; fi
                [[ $end ]] || said+=$line$'\n'
            done < <(exec timeout 300 "$@" </dev/null 2>&1)
            [[ $end ]] || { printf '%s: no line "%s" came, but:\n%s\n' "$kind" "$marker" "$said" >&2; exit 1; }
            echo "$kind $begin $end"
        }
        for ((i = 0; i <= runs; i++)); do
            first_line container container-line-$i ctr run --rm --runtime "$runtime" "$image" "$prefix$i" echo container-line-$i || exit 1
            first_line bare MARKER "${bare[@]}" || exit 1
        done
        """;

    /// <summary>Measures; a first pair, to warm up, does not count.</summary>
    internal static StartTimes Measure(TestNode node, int runs)
    {
        var times = new Dictionary<string, List<double>> { ["container"] = [], ["bare"] = [] };
        node.BashLines("a start cannot be measured", Script.Replace("MARKER", BareMachine.Line, StringComparison.Ordinal), line =>
        {
            string[] words = line.Split(' ');
            if (words.Length != 3 || !times.TryGetValue(words[0], out List<double>? list))
                throw new BenchException($"the start script printed: {line}");
            list.Add(double.Parse(words[2], CultureInfo.InvariantCulture) - double.Parse(words[1], CultureInfo.InvariantCulture));
            string note = list.Count == 1 ? "warm-up" : string.Create(CultureInfo.InvariantCulture, $"{list.Count - 1} of {runs}");
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"bench: {words[0],-9} {list[^1]:0.000} s ({note})"));
        }, runs.ToString(CultureInfo.InvariantCulture), TestNode.Runtime, TestNode.Image, IdPrefix);
        var (container, bare) = (times["container"].Skip(1).ToArray(), times["bare"].Skip(1).ToArray());
        if (container.Length != runs || bare.Length != runs)
            throw new BenchException($"{container.Length} and {bare.Length} starts were measured instead of {runs} each");
        return new StartTimes(new Series(container), new Series(bare), new Series(container.Zip(bare, static (a, b) => a / b)));
    }
}
