#!/bin/bash
# Runs every suite and sums the results from their reports. A suite that leaves no report, or ends with an error that its
# report does not explain, counts as one failure: nothing that crashed looks like a success.
#
# Tests wait for emulated machines, so a busy host can make one of them late, and an emulated kernel may die in its boot. One or
# two that fail in a suite with machines are run once more, alone; each is named at the end as UNSTEADY, with its first failure
# in the log above. Any other fails. The end also says how long each suite took, what failed and why, and where a suite stood that
# did not end in time.
#
# Environment: SUITES   what to run, default "unit integration posix coherency e2e-2.1 e2e-1.7 e2e-1.7-grpc e2e-1.6"
#              KATANET_WHOLE       1 runs every test on containerd 1.7 and over gRPC too, also those that do not depend on them
#              KATANET_OUTPUT_MIB  how much the test of large output writes, default 64; 1024 takes minutes without KVM
set -uo pipefail

cd "$(dirname "$0")/.."
results=artifacts/test-results
suites=${SUITES:-unit integration posix coherency e2e-2.1 e2e-1.7 e2e-1.7-grpc e2e-1.6}
declare -A project=([unit]=UnitTests [integration]=IntegrationTests [posix]=PosixTests [coherency]=CoherencyTests [e2e]=EndToEndTests)
declare -A limit=([unit]=600 [integration]=1200 [posix]=1200 [coherency]=600 [e2e]=3000)
passed=0 failed=0 skipped=0
remarks=() times=()

[ "$(id -u)" = 0 ] || { echo "test: this needs root (mounts, namespaces, containerd)" >&2; exit 1; }
rm -rf "$results"
mkdir -p "$results"

# attribute NAME FILE: of the assembly element of an xunit report.
attribute() {
    grep -o '<assembly [^>]*' "$2" | grep -o " $1=\"[0-9]*\"" | grep -o '[0-9]*' | head -n 1
}

# reason REPORT METHOD: the first words of why it failed.
reason() {
    tr '\n' ' ' <"$1" | grep -o "<test [^>]*type=\"${2%.*}\" method=\"${2##*.}\"[^>]*result=\"Fail\"[^>]*>.*" | grep -o '<message>.*' | head -n 1 |
        sed -e 's/<message><!\[CDATA\[//' -e 's/\]\]>.*//' -e 's/<\/message>.*//' | tr -s ' ' | cut -c -300
}

# unended LOG: the tests that had begun, and had not ended.
unended() {
    sed -nE 's/^ *([^ ].*) \[STARTING\]$/\1/p' "$1" | while read -r test; do
        grep -qF "$test [FINISHED]" "$1" || echo "$test"
    done
}

# failures REPORT: the full name of each method that failed, a line each.
failures() {
    grep -o '<test [^>]*result="Fail"[^>]*>' "$1" 2>/dev/null |
        sed -E 's/.* type="([^"]*)" method="([^"]*)".*/\1.\2/' | sort -u
}

# run_program SUITE REPORT ARGUMENT...: one run of the suite's program; its exit code.
run_program() {
    local suite=$1 report=$2 kind=${1%%-*} version=${1#*-} protocol=ttrpc name
    shift 2
    [ "$version" = "${version%-grpc}" ] || protocol=grpc
    name=KataShimNet.${project[$kind]}
    KATANET_CONTAINERD=${version%-grpc} KATANET_PROTOCOL=$protocol timeout --kill-after=30 "${limit[$kind]}" \
        "test/$kind/bin/Release/net10.0/$name" -result-xml "$report" -noColor "$@" </dev/null | tee "${report%.xml}.log"
    return "${PIPESTATUS[0]}"
}

# once_more SUITE REPORT: succeeds when all that failed, two methods at most, pass in a second run.
once_more() {
    local suite=$1 report=$2 again=${2%.xml}.again.xml method code=0 methods=() arguments=(-reporter verbose)
    mapfile -t methods < <(failures "$report")
    [ "$(attribute errors "$report")" = 0 ] && [ ${#methods[@]} -ge 1 ] && [ ${#methods[@]} -le 2 ] || return 1
    for method in "${methods[@]}"; do arguments+=(-method "$method"); done
    echo "test: running again what failed in $suite: ${methods[*]}"
    run_program "$suite" "$again" "${arguments[@]}" || code=$?
    [ "$code" = 0 ] && [ "$(attribute failed "$again")" = 0 ] && [ "$(attribute errors "$again")" = 0 ] &&
        [ "$(attribute passed "$again")" -ge "$(attribute failed "$report")" ]
}

count() {
    local suite=$1 code=$2 report=$3 p f e s method
    p=$(attribute passed "$report" 2>/dev/null) || p=
    if [ -z "$p" ]; then
        remarks+=("FAILED: $suite ended with $code and left no report")
        failed=$((failed + 1))
        return
    fi
    f=$(attribute failed "$report"); e=$(attribute errors "$report"); s=$(attribute skipped "$report")
    f=$((${f:-0} + ${e:-0}))
    if [ "$code" != 0 ] && [ "$f" = 0 ]; then
        remarks+=("FAILED: $suite ended with $code although no test failed")
        f=1
    fi
    if [ "$p" = 0 ] && [ "$f" = 0 ]; then
        remarks+=("FAILED: $suite ran no test")
        f=1
    fi
    while read -r method; do remarks+=("FAILED in $suite: $method: $(reason "$report" "$method")"); done < <(failures "$report")
    if [ "$f" != 0 ] && [ "$suite" != unit ] && once_more "$suite" "$report"; then
        remarks=("${remarks[@]/#FAILED in $suite:/UNSTEADY, passed when run again, in $suite:}")
        p=$((p + f)) f=0
    fi
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + ${s:-0}))
    echo "test: $suite: $p passed, $f failed, ${s:-0} skipped"
}

run_suite() {
    local suite=$1 kind=${1%%-*} version=${1#*-} name report part code=0 arguments=()
    name=KataShimNet.${project[$kind]}
    report=$results/$suite.xml
    echo "test: building $kind ..."
    if ! dotnet build "test/$kind/$name.csproj" --configuration Release --nologo --verbosity quiet >"$results/$suite.build.log" 2>&1; then
        cat "$results/$suite.build.log"
        count "$suite" build "$report"
        return
    fi
    # These take long, so each test is named when it starts; the others are many and quick.
    [[ $kind != e2e && $kind != coherency ]] || arguments+=(-reporter verbose)
    [ "$version" != 1.6 ] || arguments+=(-trait Suite=hello)
    # What takes minutes and has nothing to do with containerd's version runs with one of them.
    [ "$version" = 2.1 ] || [ "$kind" != e2e ] ||
        arguments+=(-trait- Needs=sandbox-api -method- KataShimNet.EndToEndTests.ManyTests.Fifty_in_a_row_leave_nothing_behind)
    # What the shim asks of the host and of the guest is the same for every containerd: tested with the newest only.
    if [[ $kind = e2e && $version != 2.1 && -z ${KATANET_WHOLE:-} ]]; then
        for part in Monitoring Network Packages Security Sharing Volumes; do arguments+=(-namespace- "KataShimNet.EndToEndTests.$part"); done
        for part in EarlyPanicTests FileTreeTests GuestTests Host.GuestHealthTests Host.SizingTests Pods.ManyPodsTests Pods.PodSoakTests Readme.MakeTests; do arguments+=(-class- "KataShimNet.EndToEndTests.$part"); done
        # With gRPC a sandbox has one process more.
        [[ $version = *-grpc ]] || arguments+=(-class- KataShimNet.EndToEndTests.Host.IsolationTests)
    fi
    # Over gRPC only the door is another one: what is behind it was tested over ttRPC.
    if [[ $version = *-grpc && -z ${KATANET_WHOLE:-} ]]; then
        for part in Docker Readme; do arguments+=(-namespace- "KataShimNet.EndToEndTests.$part"); done
        for part in ManyTests SuddenDeathTests WrongThingTests; do arguments+=(-class- "KataShimNet.EndToEndTests.$part"); done
    fi
    echo "test: running $suite ..."
    run_program "$suite" "$report" "${arguments[@]}" || code=$?
    [ "$code" != 124 ] || remarks+=("$suite did not end within ${limit[$kind]} s: $(unended "$results/$suite.log" | paste -sd ' ')")
    count "$suite" "$code" "$report"
}

for suite in $suites; do
    began=$SECONDS
    run_suite "$suite"
    times+=("$suite $((SECONDS - began)) s")
done
[ "$skipped" = 0 ] || echo "test: $skipped skipped"
printf 'test: took%s\n' "$(printf ', %s' "${times[@]}" | cut -c 2-)"
[ ${#remarks[@]} = 0 ] || printf 'test: %s\n' "${remarks[@]}"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
