#!/bin/bash
# Runs every suite and sums the results from their reports. A suite that leaves no report, or ends with an error that its
# report does not explain, counts as one failure: nothing that crashed looks like a success.
#
# Environment: SUITES   what to run, default "unit integration posix e2e-2.1 e2e-1.7 e2e-1.7-grpc e2e-1.6"
#              KATANET_WHOLE       1 runs every test over gRPC too, also those that do not depend on it
#              KATANET_OUTPUT_MIB  how much the test of large output writes, default 64; 1024 takes minutes without KVM
set -uo pipefail

cd "$(dirname "$0")/.."
results=artifacts/test-results
suites=${SUITES:-unit integration posix e2e-2.1 e2e-1.7 e2e-1.7-grpc e2e-1.6}
declare -A project=([unit]=UnitTests [integration]=IntegrationTests [posix]=PosixTests [e2e]=EndToEndTests)
declare -A limit=([unit]=600 [integration]=1200 [posix]=1200 [e2e]=2400)
passed=0 failed=0 skipped=0

[ "$(id -u)" = 0 ] || { echo "test: this needs root (mounts, namespaces, containerd)" >&2; exit 1; }
rm -rf "$results"
mkdir -p "$results"

# attribute NAME FILE: of the assembly element of an xunit report.
attribute() {
    grep -o '<assembly [^>]*' "$2" | grep -o " $1=\"[0-9]*\"" | grep -o '[0-9]*' | head -n 1
}

count() {
    local suite=$1 code=$2 report=$3 p f e s
    p=$(attribute passed "$report" 2>/dev/null) || p=
    if [ -z "$p" ]; then
        echo "test: $suite ended with $code and left no report: counted as a failure"
        failed=$((failed + 1))
        return
    fi
    f=$(attribute failed "$report"); e=$(attribute errors "$report"); s=$(attribute skipped "$report")
    f=$((${f:-0} + ${e:-0}))
    if [ "$code" != 0 ] && [ "$f" = 0 ]; then
        echo "test: $suite ended with $code although no test failed: counted as a failure"
        f=1
    fi
    if [ "$p" = 0 ] && [ "$f" = 0 ]; then
        echo "test: $suite ran no test: counted as a failure"
        f=1
    fi
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + ${s:-0}))
    echo "test: $suite: $p passed, $f failed, ${s:-0} skipped"
}

run_suite() {
    local suite=$1 kind=${1%%-*} version=${1#*-} protocol=ttrpc name report part code=0 arguments=()
    [ "$version" = "${version%-grpc}" ] || protocol=grpc
    version=${version%-grpc}
    name=KataShimNet.${project[$kind]}
    report=$results/$suite.xml
    echo "test: building $kind ..."
    if ! dotnet build "test/$kind/$name.csproj" --configuration Release --nologo --verbosity quiet >"$results/$suite.build.log" 2>&1; then
        cat "$results/$suite.build.log"
        count "$suite" build "$report"
        return
    fi
    # These take long, so each test is named when it starts; the others are many and quick.
    [ "$kind" != e2e ] || arguments+=(-reporter verbose)
    [ "$version" != 1.6 ] || arguments+=(-trait Suite=hello)
    # What takes minutes and has nothing to do with containerd's version runs with one of them.
    [ "$version" = 2.1 ] || [ "$kind" != e2e ] ||
        arguments+=(-trait- Needs=sandbox-api -method- KataShimNet.EndToEndTests.ManyTests.Fifty_in_a_row_leave_nothing_behind)
    # Over gRPC only the door is another one: what is behind it was tested over ttRPC. KATANET_WHOLE=1 runs all the same.
    if [ "$protocol" = grpc ] && [ -z "${KATANET_WHOLE:-}" ]; then
        for part in Docker Host Network Readme Security Volumes; do arguments+=(-namespace- "KataShimNet.EndToEndTests.$part"); done
        for part in ManyTests SuddenDeathTests EarlyPanicTests FileTreeTests GuestTests WrongThingTests Pods.ManyPodsTests Pods.PodSoakTests; do
            arguments+=(-class- "KataShimNet.EndToEndTests.$part")
        done
    fi
    echo "test: running $suite ..."
    KATANET_CONTAINERD=$version KATANET_PROTOCOL=$protocol timeout --kill-after=30 "${limit[$kind]}" \
        "test/$kind/bin/Release/net10.0/$name" -result-xml "$report" -noColor "${arguments[@]}" </dev/null || code=$?
    [ "$code" != 124 ] || echo "test: $suite did not end within ${limit[$kind]} s"
    count "$suite" "$code" "$report"
}

for suite in $suites; do
    run_suite "$suite"
done
[ "$skipped" = 0 ] || echo "test: $skipped skipped"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
