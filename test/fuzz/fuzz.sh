#!/bin/bash
# Fuzzes the daemon with coverage: both targets for a time, one after the other on as many cores as are given.
#
#   fuzz.sh [MINUTES]          both targets, side by side, for so long (default 10)
#
# Needs afl++ (apt install afl++). Inputs and crashes are kept in artifacts/fuzz/TARGET, exceptions in TARGET.findings; `KataShimNet.Fuzz replay TARGET FILE` runs one again.
set -euo pipefail

cd "$(dirname "$0")/../.."
minutes=${1:-10}
out=artifacts/fuzz
targets="fuse vhost-user"

command -v afl-fuzz >/dev/null || { echo "fuzz: afl-fuzz is missing: apt install afl++" >&2; exit 1; }
[ "$(id -u)" = 0 ] || { echo "fuzz: this needs root: the target mounts a file system and makes files of any owner" >&2; exit 1; }

rm -rf "$out"
mkdir -p "$out"
echo "fuzz: building ..."
dotnet build test/fuzz --configuration Release --nologo --verbosity quiet -p:OutDir="$PWD/$out/bin/" >"$out/build.log" 2>&1 || { cat "$out/build.log"; exit 1; }
dotnet "$out/bin/KataShimNet.Fuzz.dll" instrument "$out/bin/katanet-fsd.dll"

# The program is no instrumented binary but a runtime; crashes are told by exit codes and signals; the cores are shared with others.
export AFL_SKIP_BIN_CHECK=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_NO_UI=1
export DOTNET_TieredPGO=0 DOTNET_gcServer=0 DOTNET_gcConcurrent=0
pids=()
for target in $targets; do
    KATANET_FUZZ_FINDINGS=$PWD/$out/$target.findings nice -n 19 afl-fuzz -i "test/fuzz/corpus/$target" -o "$out/$target" -t 5000 -m none -V "$((minutes * 60))" \
        -- dotnet "$out/bin/KataShimNet.Fuzz.dll" run "$target" >"$out/$target.log" 2>&1 &
    pids+=($!)
done
failed=0
for pid in "${pids[@]}"; do
    wait "$pid" || failed=1
done

value() { sed -n "s/^$2 *: *//p" "$out/$1/default/fuzzer_stats" 2>/dev/null; }

printf '%-12s %12s %10s %8s %10s %9s %8s %6s\n' target executions per-second paths edges coverage crashes hangs
for target in $targets; do
    printf '%-12s %12s %10s %8s %10s %9s %8s %6s\n' "$target" "$(value "$target" execs_done)" "$(value "$target" execs_per_sec)" \
        "$(value "$target" corpus_count)" "$(value "$target" edges_found)" "$(value "$target" bitmap_cvg)" "$(value "$target" saved_crashes)" "$(value "$target" saved_hangs)"
    [ -n "$(value "$target" execs_done)" ] || { tail -n 20 "$out/$target.log"; failed=1; }
    [ "$(value "$target" saved_crashes)" = 0 ] || failed=1
done
exit "$failed"
