// SPDX-License-Identifier: GPL-2.0-only
/* Looks up names in the kernel's types. */
#include "trace/kernel_fit.h"

#include <stdio.h>
#include <string.h>

#include <bpf/btf.h>

static struct btf *load_module(struct btf *vmlinux, const char *name)
{
	struct btf *module = vmlinux ? btf__load_module_btf(name, vmlinux) : NULL;

	return module ? module : vmlinux;
}

bool kernel_types__load(struct kernel_types *types)
{
	types->vmlinux = btf__load_vmlinux_btf();
	types->kvm = load_module(types->vmlinux, "kvm");
	types->kvm_intel = load_module(types->vmlinux, "kvm_intel");
	return types->vmlinux != NULL;
}

void kernel_types__free(struct kernel_types *types)
{
	if (types->kvm != types->vmlinux)
		btf__free(types->kvm);
	if (types->kvm_intel != types->vmlinux)
		btf__free(types->kvm_intel);
	btf__free(types->vmlinux);
}

const char *fit__probe(const char *section)
{
	const char *name = strrchr(section, '/');

	return name ? name + 1 : section;
}

/*
 * Finds a type of the module itself. A module's BTF begins with the kernel's 100,000 types; they
 * are skipped. `of` is the module, or the kernel if KVM is built in. Returns NULL if there is none.
 */
static const struct btf_type *find(const struct kernel_types *types, const struct btf *of, const char *name,
				   unsigned kind)
{
	const __u32 count = btf__type_cnt(of);

	for (__u32 id = of == types->vmlinux ? 1 : btf__type_cnt(types->vmlinux); id < count; id++) {
		const struct btf_type *type = btf__type_by_id(of, id);

		if (btf_kind(type) == kind && strcmp(btf__name_by_offset(of, type->name_off), name) == 0)
			return type;
	}
	return NULL;
}

/* A tracepoint NAME exists if its type btf_trace_NAME exists. */
static const struct btf_type *tracepoint(const struct kernel_types *types, const char *name)
{
	char text[128];

	snprintf(text, sizeof(text), "btf_trace_%s", name);
	return find(types, types->kvm, text, BTF_KIND_TYPEDEF);
}

static bool has_function(const struct kernel_types *types, const char *name)
{
	return find(types, types->kvm, name, BTF_KIND_FUNC) || find(types, types->kvm_intel, name, BTF_KIND_FUNC);
}

/*
 * In some tracepoints, the first argument changed from a number to a vCPU. Programs whose names end
 * in _old expect the number.
 */
enum fit fit__program(const struct kernel_types *types, const char *section, const char *name)
{
	static const char *const changed[] = {"kvm_exit", "kvm_nested_vmexit", "kvm_page_fault"};
	const char *probe = fit__probe(section);
	const bool old = strstr(name, "_old") != NULL;
	const struct btf_type *type;

	if (strncmp(section, "fexit/", 6) == 0 || strncmp(section, "fentry/", 7) == 0)
		return has_function(types, probe) ? FIT_GOOD : FIT_MISSING;
	type = tracepoint(types, probe);
	if (!type)
		return FIT_MISSING;
	/* A record names its fields, so the order of the tracepoint's arguments does not matter. */
	if (strncmp(section, "tp/", 3) == 0)
		return FIT_GOOD;
	for (size_t i = 0; i < sizeof(changed) / sizeof(changed[0]); i++) {
		if (strcmp(probe, changed[i]) != 0)
			continue;
		type = btf__type_by_id(types->kvm, type->type); /* a pointer to the function */
		type = btf__type_by_id(types->kvm, type->type);
		if (!btf_is_func_proto(type) || btf_vlen(type) < 2) /* parameter 0 is private data of the tracer */
			return FIT_MISSING;
		return btf_is_ptr(btf__type_by_id(types->kvm, btf_params(type)[1].type)) == !old ? FIT_GOOD : FIT_OTHER;
	}
	return FIT_GOOD;
}

bool fit__tells_nested_entries(const struct kernel_types *types)
{
	const bool vmx = find(types, types->kvm_intel, "vcpu_vmx", BTF_KIND_STRUCT);

	return tracepoint(types, "kvm_nested_vmenter") || (!vmx && tracepoint(types, "kvm_nested_vmrun"));
}
