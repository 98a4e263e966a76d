# SPDX-License-Identifier: GPL-2.0-only
# nestbed: `make run` measures, `make test` tests; both do their own set-up. `make help` lists the
# rest.

BUILD := build
SHELL := /bin/bash


.PHONY: all run bench plots reference claims test coverage fuzz doctor lint format setup kernel clean help FORCE
.DELETE_ON_ERROR:

all: $(addprefix $(BUILD)/,nestbed nestbed-vmm init hypervisor.elf bench.elf vmxdiff.elf)

help:
	@echo 'make run      install what is missing, build, measure; results in results/out/latest (OP=io,cpuid LEVEL=L1,L2 OPTIONS=...)'
	@echo '              MACHINE=host or bochs: for run, trace, bench and experiments; RELOAD=1 lets bench and experiments reload kvm_intel'
	@echo 'make test     install what is missing, build, run every test (KERNEL=6.12: with that kernel as L0)'
	@echo 'make bench    the whole suite, every level, VMCS shadowing on and off, with all experiments, and what they make of the claims'
	@echo 'make experiments  what address translation costs, in every way: walks, first touches, churn, EPT maintenance, TLB misses'
	@echo 'make trace    what one OP=cpuid sets off, step by step (OP=a,b,c for more; LEVEL, OPTIONS as for run)'
	@echo 'make plots    draw the plots again: results/reference (if it is there) and results/out/latest'
	@echo 'make reference  measure results/reference anew, on the emulated machine, when figures have changed for a reason'
	@echo 'make claims   paper-notes/claims.md, from results/reference'
	@echo 'make deps     say what this computer lacks, and for what; installs nothing'
	@echo 'make doctor   say what this machine offers'
	@echo 'make unit     only the unit tests: seconds'
	@echo 'make coverage  which branches of vmcs-shadow/ its unit tests reach; fails under $(COVERAGE_LEAST)%'
	@echo 'make fuzz     feed the parsers with anything, FUZZ_SECONDS=20 each'
	@echo 'make vmx-diff random cases of VMX on the emulated machine itself, under KVM and under our hypervisor: CASES=10000'
	@echo 'make vmx-fuzz a guest hypervisor that does anything it may, under ours: FUZZ_SECONDS=600'
	@echo 'make torture  random changes of page tables, each checked, in all modes of paging: STEPS=10000, ten minutes'
	@echo 'make test-debian SUITE=trixie  make run and make test in a fresh Debian (or SUITE=bookworm), by debootstrap, as root'
	@echo 'make install  PREFIX=/usr/local and DESTDIR= say where; make uninstall removes it again'
	@echo 'make deb      build/nestbed_$(VERSION)_amd64.deb, a Debian package for this release of Debian'
	@echo 'make test-deb SUITE=trixie  the package in a fresh Debian: installed, run, purged; as root'
	@echo 'make lint     layers, phrases, clang-format, clang-tidy and cppcheck; make format rewrites'
	@echo 'make all      only build; make kernel only fetches the emulated machine'"'"'s kernel'
	@echo 'make clean    remove build/'

# --- Set-up: packages of each purpose (l0/dependencies), kernel of the emulated machine -----------

# $(BUILD)/deps/A+B: what the purposes A and B need is there. On Debian what is missing is installed
# first.
$(BUILD)/deps/%: l0/dependencies
	@l0/dependencies --install $(subst +, ,$*)
	@mkdir -p $(@D) && touch $@
FOR_TEST := $(BUILD)/deps/build+host+bochs+qemu+plots+install+test

.PHONY: deps ready host-machine bochs-machine
deps:
	@l0/dependencies build host bochs qemu plots test && echo 'nothing is missing'

# Everything that a run on MACHINE needs: auto takes the host where it offers nested VMX, and then
# no emulator is wanted.
MACHINE ?= auto
ready: $(BUILD)/deps/build+plots
	@$(MAKE) --no-print-directory $(JOBS) all
	@machine=$$(l0/dependencies --purpose $(MACHINE) $(BUILD)/nestbed) && $(MAKE) --no-print-directory $$machine-machine
host-machine: $(BUILD)/deps/host
	@:
bochs-machine: kernel
	@:

setup: $(FOR_TEST)
	@$(MAKE) --no-print-directory kernel

# The distribution's own kernel. `nestbed kernels fetch` brings others.
kernel: $(BUILD)/kernels/.stamp
$(BUILD)/kernels/.stamp: | $(BUILD)/deps/build+bochs
	@$(MAKE) --no-print-directory $(BUILD)/nestbed
	@NESTBED_KERNELS=$(BUILD)/kernels $(BUILD)/nestbed kernels fetch
	@touch $@

# A build uses all CPUs, unless make was told how many (-j).
JOBS = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))

# `make V=1` shows the commands.
Q := $(if $(V),,@)
say = $(if $(V),,@echo '  $(1)')

# --- Flags ----------------------------------------------------------------------------------------

WARNINGS := -std=gnu11 -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes
# Includes are written from the root.
INCLUDES := -I. -I$(BUILD)
# The same bytes wherever the tree lies: what is packed into the emulated machine must not depend on
# a path.
REPRODUCIBLE := -ffile-prefix-map=$(CURDIR)=.
LIBRARY_FLAGS := $(shell pkg-config --cflags jansson gsl libarchive libkmod libelf libmd libbpf zlib nettle 2>/dev/null)
HOST_FLAGS := -O2 -g $(REPRODUCIBLE) $(WARNINGS) -D_GNU_SOURCE $(INCLUDES) $(LIBRARY_FLAGS)
TEST_FLAGS := -O1 -g $(WARNINGS) -D_GNU_SOURCE $(INCLUDES) $(LIBRARY_FLAGS) -fsanitize=address,undefined -fno-sanitize-recover=all
# An image runs without an operating system: no libc, no SSE state, no red zone (exceptions use the
# same stack).
BARE_FLAGS := -O2 -g $(REPRODUCIBLE) $(WARNINGS) -ffreestanding -mgeneral-regs-only -mno-red-zone -fno-pic -mcmodel=small \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none -I.
BARE_LINK := -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack
# Found when they are linked, not before: `make` may have installed them in between.
HOST_LIBS = $(shell pkg-config --libs jansson gsl libarchive libkmod libelf libmd libbpf zlib nettle)
VMM_LIBS = $(shell pkg-config --libs libbpf libelf zlib)
DEPEND = -MMD -MP

# --- What each program is made of -----------------------------------------------------------------

ABI := $(wildcard microbench/abi/*.c)
MEASURE := microbench/ops.c microbench/measure.c microbench/stamp.c microbench/schedule.c microbench/families/ring3_operations.c
VMCS := $(wildcard vmcs-shadow/*.c)
BARE := $(wildcard microbench/bare/*.c microbench/bare/*.S) $(ABI) $(MEASURE) \
	$(addprefix microbench/,image_clock.c image_plan.c next.c)
CHASE := microbench/pointer_chase.c microbench/chase_points.c
# The families that only a guest can run; those of the hypervisor itself stand with it.
GUEST_FAMILIES := $(filter-out microbench/families/ring3_operations.c,$(wildcard microbench/families/*.c))

HYPERVISOR := $(sort $(filter-out l1-hypervisor/tests/% $(if $(filter off,$(LAB)),l1-hypervisor/lab/%,l1-hypervisor/boot/no_lab.c),\
	$(wildcard $(addprefix l1-hypervisor/,*.c *.S */*.c */vmx/*.c))))
# `make LAB=off` builds the hypervisor without its experiments. The file says how it was built last.
LAB ?= on
$(BUILD)/lab: FORCE
	@mkdir -p $(@D) && echo '$(LAB)' | cmp -s - $@ || echo '$(LAB)' >$@
hypervisor.elf_sources := $(HYPERVISOR) $(VMCS) $(BARE)
bench.elf_sources := $(wildcard l2-guests/*.c) $(GUEST_FAMILIES) $(BARE) $(CHASE)
vmxdiff.elf_sources := $(wildcard l2-guests/vmxdiff/*.c l2-guests/vmxdiff/*.S) $(VMCS) $(BARE)
nestbed-vmm_sources := $(wildcard l0/vmm/*.c) l0/base/util.c l0/base/options.c l0/base/suggest.c l0/request/stack.c l0/request/config.c l0/request/old_words.c $(MEASURE) $(CHASE) $(ABI) \
	$(addprefix trace/,tracer.c missing_figures.c kernel_fit.c modes.c tables.c ept_path.c) vmcs-shadow/capability.c vmcs-shadow/exit_reasons.c
nestbed_sources := $(filter-out l0/machine/init.c,$(wildcard $(addsuffix /*.c,$(addprefix l0/,base kernels request machine witness results experiments \
	plots report claims cli)))) \
	$(addprefix trace/,ebpf_support.c cascade.c cascade_times.c ept_path.c missing_figures.c kernel_fit.c handling.c probed.c \
	histogram.c modes.c tracer.c) \
	microbench/stats.c microbench/bootstrap.c microbench/ops.c microbench/schedule.c microbench/chase_points.c $(ABI) $(VMCS)
init_sources := l0/machine/init.c l0/vmm/apicv.c

objects = $(addprefix $(BUILD)/$(1)/,$(addsuffix .o,$(2)))

# Each folder is one archive, and a program links its archives from the top of l0/tests/layers to
# the ground. So a symbol that a lower folder takes from a higher one is missing when the program is
# linked.
LAYERS := $(shell sed -n 's,^[a-z][a-z0-9/-]*$$,&,p' l0/tests/layers)
reverse = $(if $(1),$(call reverse,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
folders_of = $(sort $(patsubst %/,%,$(dir $(1))))
# $(call layered,FOLDERS): from the top of the list to the ground, a folder that is not in the list
# before the layer above it
layered = $(strip $(foreach l,$(call reverse,$(LAYERS)),$(filter-out $(LAYERS),$(filter $(l)/%,$(1))) $(filter $(l),$(1))))
# Operations are found by weak symbols, which no archive answers: they are linked as files.
operations = $(filter microbench/families/% l1-hypervisor/lab/vmx_ops.c,$(1))
archives = $(foreach f,$(call layered,$(call folders_of,$(2))),$(BUILD)/$(1)/$(f).a)
# $(call linked,KIND,PROGRAM): what PROGRAM is linked from, in this order
linked = $(call objects,$(1),$(call operations,$($(2)_sources))) $(call archives,$(1),$(filter-out $(call operations,$($(2)_sources)),$($(2)_sources)))

bare_programs := hypervisor.elf bench.elf vmxdiff.elf
host_programs := nestbed nestbed-vmm init
define archive_rule
$(BUILD)/$(1)/$(2).a: $(call objects,$(1),$(filter $(2)/%,$(foreach s,$(3),$(if $(filter $(2)/,$(dir $(s))),$(s)))))
	@rm -f $$@
	$$(Q)ar rcs $$@ $$(filter %.o,$$^)
endef
define archive_rules
$(foreach f,$(call folders_of,$(2)),$(eval $(call archive_rule,$(1),$(f),$(2))))
endef
$(foreach k,bare host,$(call archive_rules,$(k),$(sort $(foreach p,$($(k)_programs),$(filter-out $(call operations,$($(p)_sources)),$($(p)_sources))))))

$(BUILD)/bare/%.o: % Makefile | $(BUILD)/deps/build
	@mkdir -p $(@D)
	$(call say,CC   $<)
	$(Q)gcc $(BARE_FLAGS) $(DEPEND) -c $< -o $@

$(BUILD)/host/%.o: % Makefile | $(BUILD)/deps/build
	@mkdir -p $(@D)
	$(call say,CC   $<)
	$(Q)gcc $(HOST_FLAGS) $(DEPEND) -c $< -o $@

# The image begins at its entry; each image has its own bare_main() and name.
$(BUILD)/%.elf: microbench/bare/link.ld
	$(call say,LINK $@)
	$(Q)gcc $(BARE_LINK) -u pvh_entry -u bare_main -u bare_name -T $^ -o $@

$(BUILD)/bare/l1-hypervisor/boot.a: $(BUILD)/lab
$(BUILD)/hypervisor.elf: $(call linked,bare,hypervisor.elf)
$(BUILD)/bench.elf: $(call linked,bare,bench.elf)
$(BUILD)/vmxdiff.elf: $(call linked,bare,vmxdiff.elf)

$(BUILD)/nestbed: $(call linked,host,nestbed) $(BUILD)/bootsector.o
	$(call say,LINK $@)
	$(Q)gcc $^ -o $@ $(HOST_LIBS)

# The same binaries run inside the emulated machine: the libraries that they name go with them.
# Bound when they start, so that no lookup of a symbol falls into a measured window.
$(BUILD)/nestbed-vmm: $(call linked,host,nestbed-vmm)
	$(call say,LINK $@)
	$(Q)gcc -Wl,-z,now $^ -o $@ $(VMM_LIBS)
$(BUILD)/init: $(call linked,host,init)
	$(call say,LINK $@)
	$(Q)gcc -Wl,-z,now $^ -o $@

# eBPF programs: translated, stripped of all but BTF, and made into a header that carries them.
$(BUILD)/%.bpf.o: trace/%.bpf.c $(wildcard trace/*.bpf.h) trace/trace_event.h trace/tables_bpf.h Makefile | $(BUILD)/deps/build
	@mkdir -p $(@D)
	$(call say,BPF  $<)
	$(Q)clang -O2 -g -target bpf -mcpu=v3 -Wall -Werror $(REPRODUCIBLE) -I/usr/include/$$(gcc -dumpmachine) -I. -c $< -o $@
	$(Q)llvm-strip -g $@
$(BUILD)/%.skel.h: $(BUILD)/%.bpf.o
	$(Q){ echo '/* NOLINTBEGIN */' && PATH=$$PATH:/usr/sbin bpftool gen skeleton $< name $*_bpf && echo '/* NOLINTEND */'; } > $@
.SECONDARY: $(BUILD)/kvm.bpf.o $(BUILD)/tables.bpf.o
$(call objects,host,trace/tracer.c trace/probed.c) $(call objects,test,trace/probed.c) $(call objects,fuzz,trace/probed.c) $(call objects,test,trace/tracer.c trace/tests/test_kernel_fit.c) $(call objects,fuzz,trace/tracer.c): $(BUILD)/kvm.skel.h
$(call objects,host,trace/tables.c) $(call objects,test,trace/tables.c) $(call objects,fuzz,trace/tables.c): $(BUILD)/tables.skel.h

# The boot sector is 16-bit code at 0x7c00; it becomes data of nestbed.
$(BUILD)/bootsector.bin: l0/machine/bootsector.S | $(BUILD)/deps/build
	@mkdir -p $(@D)
	$(call say,BOOT $@)
	$(Q)gcc -m32 -c $< -o $(BUILD)/bootsector32.o
	$(Q)ld -m elf_i386 -Ttext 0x7c00 --oformat binary $(BUILD)/bootsector32.o -o $@
$(BUILD)/bootsector.o: $(BUILD)/bootsector.bin
	$(Q)printf '%s\n' '.section .rodata' '.globl bootsector, bootsector_end' 'bootsector: .incbin "$<"' 'bootsector_end:' \
		'.section .note.GNU-stack, "", @progbits' | gcc -x assembler -c - -o $@

# CITATION.cff has the version. Root may ask about a user's tree (`sudo make install`), and writes
# no index there. A tree without its own repository, for example from a tar archive, has no commit,
# even inside another repository.
VERSION := $(shell sed -n 's/^version: *//p' CITATION.cff)
GIT := git -c safe.directory='$(CURDIR)' --no-optional-locks
HAS_COMMIT := [ "$$($(GIT) rev-parse --show-toplevel 2>/dev/null)" = "$$(pwd -P)" ] && $(GIT) rev-parse -q --verify HEAD >/dev/null

# Only touched when it changes, so that a build without a commit in between does nothing.
$(BUILD)/version.h: FORCE | $(BUILD)/deps/build
	@mkdir -p $(@D)
	@commit=unknown dirty=1; \
	if $(HAS_COMMIT); then \
		commit=$$($(GIT) rev-parse --short=12 HEAD); \
		[ -n "$$($(GIT) status --porcelain)" ] || dirty=0; \
	fi; \
	printf '#define %s\n' 'NB_VERSION "$(VERSION)"' "NB_GIT_COMMIT \"$$commit\"" "NB_GIT_DIRTY $$dirty" >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
$(call objects,host,l0/report/provenance.c l0/cli/main.c): $(BUILD)/version.h

# The script travels inside the program.
$(foreach kind,host test fuzz,$(call objects,$(kind),l0/kernels/kernel_fetch.c)): l0/kernels/fetch-kernel

# --- Running --------------------------------------------------------------------------------------

# OP, LEVEL and OPTIONS are for `make run` and `make trace`: another target would ignore them, so it
# refuses them.
ifeq ($(MAKELEVEL),0)
ifneq ($(filter command,$(foreach v,OP LEVEL OPTIONS,$(origin $v))),)
$(foreach goal,$(filter-out run trace,$(or $(MAKECMDGOALS),all)),$(error make $(goal) takes no OP, LEVEL or OPTIONS: make run \
	and make trace do))
endif
endif
# $(call option,NAME,VALUE): the option, if there is a value.
option = $(if $(2),--$(1) '$(2)')

run: ready
	@$(BUILD)/nestbed run --machine '$(MACHINE)' $(call option,op,$(OP)) $(call option,level,$(LEVEL)) $(OPTIONS)

# MACHINE=bochs: the emulated one, whatever this computer has. RELOAD=1: on this computer kvm_intel
# may be reloaded. BENCH_OPTIONS: for the suite of operations, -n 5000 for one.
bench: ready
	@l0/suite $(BUILD)/nestbed - '$(MACHINE)' $(if $(RELOAD),--reload-kvm) $(BENCH_OPTIONS)

# These files of a reference run are committed, but not its records and logs.
REFERENCE_FILES := results.csv results.json fields.json walk.csv walk-steps.csv paging.csv depth.csv depth-kvm.csv policies.csv \
	$(foreach p,exit-latency slowdown distribution shadowing exits fault-cascades walk-references paging-exits paging-exit-latency \
	paging-fault-cascades depth policies-exit-latency,$(p).svg $(p).png)
reference torture vmx-diff vmx-fuzz: override MACHINE := bochs
reference: ready
	@folder=$(BUILD)/reference-$$(date -u +%Y-%m-%dT%H-%M-%SZ)-$$$$; l0/suite $(BUILD)/nestbed $$folder bochs && \
		mkdir -p results/reference && cp $(addprefix $$folder/,$(REFERENCE_FILES)) results/reference/
# When and where it was measured is left out: the reference changes only where a figure does.
	@sed -i -E '/^"metadata"/s/,"date":.*"load_average":"[^"]*"//' results/reference/results.json
	@$(MAKE) --no-print-directory claims

# Of address translation: each of them, and at the end how long all took.
.PHONY: experiments
experiments: ready
	@l0/all-experiments $(BUILD)/nestbed - '$(MACHINE)' $(if $(RELOAD),--reload-kvm)

.PHONY: trace
trace: ready
	@$(BUILD)/nestbed trace --machine '$(MACHINE)' --op '$(or $(OP),cpuid)' $(call option,level,$(LEVEL)) $(TRACE_OPTIONS) $(OPTIONS)

plots: all
	@$(BUILD)/nestbed plot

doctor: all
	@$(BUILD)/nestbed doctor

# Claims of the literature against the reference result; a test compares the file with what this
# makes.
.PHONY: claims
claims: all
	@$(BUILD)/nestbed claims results/reference --markdown paper-notes/claims.md

# --- Testing --------------------------------------------------------------------------------------

# Unit tests link what they need from one archive of everything that runs on a host, built with the
# sanitizers.
UNIT_TESTS := $(wildcard */tests/test_*.c)
UNIT_SOURCES := $(sort $(filter-out l0/cli/main.c l0/vmm/vmm.c,$(nestbed_sources) $(nestbed-vmm_sources) microbench/image_plan.c) \
	$(wildcard l1-hypervisor/formats/*.c))
UNIT_BINARIES := $(patsubst %.c,$(BUILD)/test/%,$(UNIT_TESTS))
# Fuzz targets are unit tests, too: with a driver that feeds them the same few thousand inputs each
# time.
FUZZ_TARGETS := $(basename $(wildcard */tests/fuzz_*.c))
FUZZ_TESTS := $(addprefix $(BUILD)/test/,$(FUZZ_TARGETS))
# The longest first, so that both cores are busy to the end.
E2E_LONGEST := $(addprefix l0/tests/e2e-,suite shadow trace kvm-faults nested vmx-cases torture qemu bisect faults kvm kernels-fetch cpus kernels walk)
E2E_TESTS := $(E2E_LONGEST) $(filter-out %.sh $(E2E_LONGEST),$(wildcard */tests/e2e-*))

$(BUILD)/test/%.o: % Makefile | $(BUILD)/deps/build
	@mkdir -p $(@D)
	$(call say,TEST $<)
	$(Q)gcc $(TEST_FLAGS) $(DEPEND) -c $< -o $@
$(BUILD)/test/libnestbed.a: $(call objects,test,$(UNIT_SOURCES))
	@rm -f $@
	$(Q)ar rcs $@ $^
$(UNIT_BINARIES): $(BUILD)/test/%: $(BUILD)/test/%.c.o $(BUILD)/test/libnestbed.a $(BUILD)/bootsector.o
	$(Q)gcc -fsanitize=address,undefined $^ -o $@ -lcmocka $(HOST_LIBS)
# Tests of the hypervisor link its files as a program for a host. fake_cpu.c carries out privileged
# instructions.
UNIT_HYPERVISOR := $(filter-out %.S l1-hypervisor/exits.c l1-hypervisor/boot/% l1-hypervisor/lab/vmx_ops.c,\
	$(sort $(HYPERVISOR) $(wildcard l1-hypervisor/lab/*.c)))
$(call objects,test,$(UNIT_HYPERVISOR)): TEST_FLAGS += -ffreestanding -include l1-hypervisor/tests/fake_cpuid.h
$(BUILD)/test/libhypervisor.a: $(call objects,test,$(UNIT_HYPERVISOR) $(wildcard l1-hypervisor/tests/fake_*.c) microbench/bare/vmx_capabilities.c $(VMCS) $(ABI))
	@rm -f $@
	$(Q)ar rcs $@ $^
$(filter $(BUILD)/test/l1-hypervisor/%,$(UNIT_BINARIES)): $(BUILD)/test/libhypervisor.a
$(FUZZ_TESTS): $(BUILD)/test/%: $(BUILD)/test/%.c.o $(BUILD)/test/l0/tests/mutate.c.o $(BUILD)/test/libnestbed.a \
		$(BUILD)/bootsector.o
	$(Q)gcc -fsanitize=address,undefined $^ -o $@ $(HOST_LIBS)
$(call objects,test,l0/report/provenance.c): $(BUILD)/version.h

# KERNEL=6.12: that one is L0 on the emulated machine in all tests. Empty: the distribution's own.
KERNEL ?=
test: $(FOR_TEST)
	@$(MAKE) --no-print-directory $(JOBS) all unit-binaries
	@$(MAKE) --no-print-directory kernel
	@[ -z "$(KERNEL)" ] || $(BUILD)/nestbed run --machine bochs --dry-run --kernel "$(KERNEL)" >/dev/null 2>&1 || \
		$(BUILD)/nestbed kernels fetch "$(KERNEL)"
	@NESTBED_KERNEL=$(KERNEL) l0/tests/run-tests $(BUILD) $(UNIT_BINARIES) $(FUZZ_TESTS) -- $(E2E_TESTS)

# The quick part of `make test`: seconds.
unit: | $(BUILD)/deps/build+test
	@$(MAKE) --no-print-directory $(JOBS) unit-binaries
	@l0/tests/run-tests $(BUILD) $(UNIT_BINARIES) $(FUZZ_TESTS) --

.PHONY: unit unit-binaries
unit-binaries: $(UNIT_BINARIES) $(FUZZ_TESTS)

# --- A fresh Debian in a folder, by debootstrap: `make run` and `make test` from nothing ----------

.PHONY: test-debian
test-debian:
	@l0/tests/test-debian $(SUITE)

# --- Page tables tortured for long: `make test` has the same cases with fewer steps ---------------

STEPS ?= 10000
.PHONY: torture
torture: ready
	@STEPS=$(STEPS) l0/tests/run-tests $(BUILD) -- l0/tests/e2e-torture

# --- Coverage: vmcs-shadow/ alone, without optimization: a branch in C is one in the program ------

COVERAGE_LEAST := 95
COVERAGE_FLAGS := -O0 -g -fno-inline --coverage $(WARNINGS) -D_GNU_SOURCE $(INCLUDES)
COVERAGE_BINARIES := $(patsubst %.c,$(BUILD)/coverage/%,$(wildcard vmcs-shadow/tests/test_*.c))

$(BUILD)/coverage/%.o: % Makefile | $(BUILD)/deps/build
	@mkdir -p $(@D)
	$(call say,COV  $<)
	$(Q)gcc $(COVERAGE_FLAGS) $(DEPEND) -c $< -o $@
$(COVERAGE_BINARIES): $(BUILD)/coverage/%: $(BUILD)/coverage/%.c.o $(call objects,coverage,$(VMCS))
	$(Q)gcc --coverage $^ -o $@ -lcmocka

coverage: | $(BUILD)/deps/build+test
	@$(MAKE) --no-print-directory $(COVERAGE_BINARIES)
	@vmcs-shadow/tests/coverage $(BUILD)/coverage $(COVERAGE_LEAST) $(VMCS) -- $(COVERAGE_BINARIES)

# --- Fuzzing: the same targets under libFuzzer, which looks for inputs that reach new code --------

FUZZ_SECONDS ?= 20
FUZZ_FLAGS = $(filter-out -fsanitize=%,$(TEST_FLAGS)) -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all -Wno-gnu-variable-sized-type-not-at-end
FUZZ_BINARIES := $(addprefix $(BUILD)/fuzz/,$(FUZZ_TARGETS))

$(BUILD)/fuzz/%.o: % Makefile | $(BUILD)/deps/build $(BUILD)/deps/fuzz
	@mkdir -p $(@D)
	$(call say,FUZZ $<)
	$(Q)clang $(FUZZ_FLAGS) $(DEPEND) -c $< -o $@
$(BUILD)/fuzz/libnestbed.a: $(call objects,fuzz,$(UNIT_SOURCES))
	@rm -f $@
	$(Q)ar rcs $@ $^
$(FUZZ_BINARIES): $(BUILD)/fuzz/%: $(BUILD)/fuzz/%.c.o $(BUILD)/fuzz/libnestbed.a $(BUILD)/bootsector.o
	$(Q)clang -fsanitize=fuzzer,address,undefined $^ -o $@ $(HOST_LIBS)
$(call objects,fuzz,l0/report/provenance.c): $(BUILD)/version.h

fuzz: | $(BUILD)/deps/build+test+fuzz
	@$(MAKE) --no-print-directory $(FUZZ_TESTS) $(FUZZ_BINARIES)
	@l0/tests/run-fuzz $(BUILD) $(FUZZ_SECONDS) $(FUZZ_TARGETS)

# --- Our hypervisor as L0: compared with the machine and with KVM, and a hostile guest ------------

CASES ?= 10000
VMX_SEED ?= 1
.PHONY: vmx-diff vmx-fuzz
vmx-diff: ready
	@l0/tests/vmx-diff $(CASES) $(VMX_SEED)
vmx-fuzz: ready
	@l0/tests/vmx-fuzz $(if $(filter command line,$(origin FUZZ_SECONDS)),$(FUZZ_SECONDS),600) $(VMX_SEED)

# --- Reading --------------------------------------------------------------------------------------

C_FILES = $(shell git ls-files '*.c' '*.h')
TIDY_FILES = $(foreach f,$(filter-out l1-hypervisor/% l2-guests/% microbench/bare/% %.bpf.c,$(filter %.c,$(C_FILES))),$(if $(findstring /tests/,$f),,$f))

# cppcheck does not know that an asm statement may set a variable: legacyUninitvar. eBPF programs
# are full of clang's own words.
lint: $(BUILD)/deps/build $(BUILD)/deps/lint $(BUILD)/version.h $(BUILD)/kvm.skel.h $(BUILD)/tables.skel.h
	l0/tests/check-layers . $(wildcard $(BUILD)/host $(BUILD)/bare)
	l0/tests/check-phrases .
	clang-format --dry-run --Werror $(C_FILES)
	cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,portability --inline-suppr \
		--suppress=missingIncludeSystem --suppress=legacyUninitvar $(INCLUDES) $(filter-out %.bpf.c,$(filter %.c,$(C_FILES)))
	clang-tidy --quiet --warnings-as-errors='*' $(TIDY_FILES) -- -std=gnu11 -D_GNU_SOURCE \
		$(patsubst -I$(BUILD),-isystem $(BUILD),$(INCLUDES)) # what is generated is not ours to tidy

format: $(BUILD)/deps/lint
	clang-format -i $(C_FILES)

clean:
	rm -rf $(BUILD)

# --- Installing, and a Debian package (l0/package/; the paths: l0/base/layout.h) ------------------

# The date of what is made from the sources alone, so that a commit makes the same bytes each time.
EPOCH = $(or $(SOURCE_DATE_EPOCH),$(shell if $(HAS_COMMIT); then $(GIT) log -1 --format=%ct; \
	else date -u -d "$$(sed -n 's/^date-released: *//p' CITATION.cff)" +%s; fi))

.PHONY: man install uninstall deb
man: $(BUILD)/man/.stamp
$(BUILD)/man/.stamp: $(BUILD)/nestbed l0/package/man-pages l0/package/page.inc | $(BUILD)/deps/install
	$(call say,MAN  $(BUILD)/man)
	$(Q)SOURCE_DATE_EPOCH=$(EPOCH) l0/package/man-pages $(BUILD)/nestbed $(VERSION) $(BUILD)/man
	$(Q)touch $@
	$(Q)[ "$$(id -u)" != 0 ] || chown -R --reference=Makefile $(BUILD)/man # `sudo make install` in a user's tree

install uninstall: export PREFIX ?= /usr/local
install uninstall: export DESTDIR ?=
install: all man
	@l0/package/install-files install $(BUILD)
uninstall:
	@l0/package/install-files uninstall $(BUILD)

deb: all man | $(BUILD)/deps/deb
	@SOURCE_DATE_EPOCH=$(EPOCH) l0/package/make-deb $(BUILD) $(VERSION)

# In a fresh Debian: two trees of one commit make the same package; and in a second one, without a
# compiler, it is installed and purged.
define TEST_DEB
make -s deb >/dev/null
git clone -q . /tmp/again && make -s -C /tmp/again deb >/dev/null && cmp build/nestbed_$(VERSION)_*.deb /tmp/again/build/nestbed_$(VERSION)_*.deb
apt-get install -y -qq --no-install-recommends lintian >/dev/null && lintian --allow-root --fail-on error,warning build/nestbed_$(VERSION)_*.deb
endef
.PHONY: test-deb
test-deb: export COMMANDS = $(TEST_DEB)
test-deb: export SECOND_FILES = build/nestbed_*.deb l0/tests/deb-check.sh l0/tests/e2e-lib.sh
test-deb: export SECOND_COMMANDS = ./deb-check.sh nestbed_*.deb
test-deb:
	@l0/tests/test-debian $(SUITE)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
