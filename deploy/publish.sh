#!/bin/bash
# Publishes one program: publish.sh PROJECT_FOLDER PROGRAM BIN_FOLDER. Only the program itself comes to the bin folder,
# and it gets its name last: whoever runs the old one keeps it.
set -euo pipefail

project=$1 program=$2 bin=$3
out=$bin/../publish/$program
echo "publish: $program (compiled ahead of time: half a minute, the first one longer) ..." >&2
# Changed link properties do not make the SDK link again.
if [ Directory.Build.props -nt "$bin/$program" ] || [ Directory.Packages.props -nt "$bin/$program" ]; then
    rm -rf "$project/obj/Release"
fi
mkdir -p "$bin" "$out"
log=$out.log
if ! dotnet publish "$project/$program.csproj" --configuration Release --output "$out" --nologo --verbosity quiet >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    echo "publish: $program failed" >&2
    exit 1
fi
cp "$out/$program" "$bin/.$program.new"
mv "$bin/.$program.new" "$bin/$program"
