# KataShimNet. `make` alone lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_NOLOGO := 1
# Build servers outlive make and hold memory on small machines.
export MSBUILDDISABLENODEREUSE := 1
export DOTNET_CLI_USE_MSBUILD_SERVER := 0

comma := ,
bin := artifacts/bin
guest := artifacts/guest
stamps := artifacts/stamps
programs := containerd-shim-katanet-v2 katanet-grpc katanet-fsd katanet-agent katanet katanet-monitor
project_containerd-shim-katanet-v2 := shim
project_katanet-grpc := grpc-door
project_katanet-fsd := fsd
project_katanet-agent := agent
project_katanet := cli
project_katanet-monitor := monitor

sources = $(shell find $(1) -type f -not -path '*/bin/*' -not -path '*/obj/*')
# What every program is made of.
common := Directory.Build.props Directory.Packages.props global.json \
    $(call sources,linux logging agent-proto runtime-config sandboxes)

.PHONY: help setup publish guest node demo test stress coherency soak shell bench hostile fuzz install uninstall package lint clean

help: ## list the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 18

setup: ## install the Debian packages that building needs, when they are missing
	@deploy/setup.sh

publish: $(programs:%=$(bin)/%) $(bin)/50-katanet-fsd.json ## build the six programs into artifacts/bin (NativeAOT)

# What libvirt finds the daemon by.
$(bin)/50-katanet-fsd.json: deploy/50-katanet-fsd.json
	@mkdir -p $(@D)
	cp $< $@

define program_rule
$(bin)/$(1): $(common) $(call sources,$(project_$(1))) | setup
	@deploy/publish.sh $(project_$(1)) $(1) $(bin)
endef
$(foreach program,$(programs),$(eval $(call program_rule,$(program))))

guest: $(stamps)/guest ## build the guest: kernel, root tree, initrd, into artifacts/guest

$(stamps)/guest: $(bin)/katanet-agent $(wildcard deploy/guest/*) deploy/node/packages.txt deploy/node/build.sh | node
	@echo "guest: building the guest's tree ..." >&2
	deploy/guest/build.sh "$$(deploy/node/node.sh build)" $(bin)/katanet-agent $(guest) >&2
	mkdir -p $(stamps)
	touch $@

node: setup ## build the test node: a Debian tree with containerd and QEMU
	@deploy/node/node.sh build >/dev/null

demo: publish guest ## start a container in a virtual machine, step by step
	@deploy/demo.sh

test: publish guest ## run every test: unit, integration, end to end
	@test/run.sh

stress: publish guest ## random operations in guests for MINUTES (default 15) in every cache mode, all at once
	@dotnet build test/posix --configuration Release --nologo --verbosity quiet
	KATANET_STRESS_SECONDS=$$(( $(or $(MINUTES),15) * 60 )) test/posix/bin/Release/net10.0/KataShimNet.PosixTests \
	    -noColor -maxThreads 4 -class 'KataShimNet.PosixTests.Stress*'

# What is given wins; otherwise a million operations over four seeds.
coherency: publish guest ## check OPERATIONS (default 1000000) of two pods and the host over SEEDS=1,2,… against a local file system; LEASES=30,270,100: under leases
	@dotnet build test/coherency --configuration Release --nologo --verbosity quiet
	KATANET_COHERENCY_LEASES=$(LEASES) KATANET_COHERENCY_OPERATIONS=$(or $(OPERATIONS),1000000) KATANET_COHERENCY_SEEDS=$(or $(SEEDS),1$(comma)2$(comma)3$(comma)4) \
	    test/coherency/bin/Release/net10.0/KataShimNet.CoherencyTests -noColor -showLiveOutput -trait Run=$(if $(LEASES),leased,long)

soak: publish guest ## a pod under constant exec for MINUTES (default 10): nothing of it grows
	@dotnet build test/e2e --configuration Release --nologo --verbosity quiet
	KATANET_SOAK_SECONDS=$$(( $(or $(MINUTES),10) * 60 )) test/e2e/bin/Release/net10.0/KataShimNet.EndToEndTests \
	    -noColor -showLiveOutput -class KataShimNet.EndToEndTests.Pods.PodSoakTests

# make itself turns every failure into 2; the code is in its last line, and `deploy/node/node.sh shell CMD` ends with it.
shell: publish guest ## open a shell in the test node; CMD='ctr ...' runs one command
	@deploy/node/node.sh shell $(if $(CMD),"$$KATANET_CMD")
shell: export KATANET_CMD := $(CMD)

# Rows that need a node with pods.
measures_pods := Pods.PodLatencyTests
measures_monitor := Monitoring.MonitorCostTests

# The file system's rows need the daemon and the node's tree only.
bench: export KATANET_SANDBOXES := $(or $(SANDBOXES),50)
bench: $(if $(filter-out files guest sharing%,$(subst $(comma), ,$(or $(ROWS),all))),publish guest,$(bin)/katanet-fsd node) ## measure all, or some: ROWS=files,guest,sharing,sandbox; pods by ROWS=pods, scrapes of SANDBOXES (50) by ROWS=monitor
	@class=$(measures_$(ROWS))
	if [ -n "$$class" ]; then
	    dotnet build test/e2e --configuration Release --nologo --verbosity quiet
	    exec test/e2e/bin/Release/net10.0/KataShimNet.EndToEndTests -noColor -showLiveOutput -explicit only -class KataShimNet.EndToEndTests.$$class
	fi
	dotnet run --project bench --configuration Release -- $(if $(ROWS),--rows $(ROWS))

hostile: $(bin)/katanet-fsd node ## attack katanet-fsd and virtiofsd with every case of test/hostile; prints a table
	@dotnet run --project test/hostile --configuration Release -- --fsd $(bin)/katanet-fsd --virtiofsd "$$(deploy/node/node.sh build)"

fuzz: ## fuzz the request parser and the vhost-user messages for MINUTES (default 10)
	@test/fuzz/fuzz.sh $(or $(MINUTES),10)

# The words of the command line reach the script: make install PREFIX=/usr DESTDIR=/tmp/tree.
install uninstall: export PREFIX := $(or $(PREFIX),/usr/local)
install uninstall: export DATADIR := $(or $(DATADIR),/usr/share/katanet)
install uninstall: export DESTDIR := $(DESTDIR)

install: publish guest ## install programs, guest and settings; PREFIX=/usr/local, DATADIR=/usr/share/katanet, DESTDIR=
	@BIN=$(bin) GUEST=$(guest) deploy/install/install.sh install

uninstall: ## take off what `make install` put there, with the same PREFIX, DATADIR and DESTDIR
	@deploy/install/install.sh uninstall

package: publish guest ## a tarball and a .deb with check sums and a list of their parts (SBOM), into artifacts/package
	@deploy/package/build.sh "$$(deploy/node/node.sh build)" $(bin) $(guest) artifacts/package

lint: ## check code style and shell scripts
	@echo "lint: dotnet format (a minute) ..."
	dotnet format KataShimNet.sln --verify-no-changes
	git ls-files '*.sh' .ci/run | xargs -r bash -c 'for f in "$$@"; do bash -n "$$f"; done' --

clean: ## delete what was built, but not the cached node
	@deploy/clean.sh
