// SPDX-License-Identifier: GPL-2.0-only
/* The loader, on libbpf, and who asks its programs. */
#include "trace/tables.h"

#include "tables.skel.h" /* made by the Makefile */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

struct tables {
	struct tables_bpf *bpf;
};

void tables__explain(int error, char *why, unsigned size)
{
	if (error == EPERM || error == EACCES)
		snprintf(why, size, "no right to load eBPF programs: run as root, or with CAP_BPF and CAP_PERFMON");
	else if (error == ENOENT || error == ESRCH)
		snprintf(
			why, size,
			"the kernel has no types of KVM's (/sys/kernel/btf/kvm) or no tracepoint kvm:kvm_entry: it wants "
			"CONFIG_DEBUG_INFO_BTF=y");
	else
		snprintf(why, size, "the kernel refuses the eBPF programs that read KVM's tables: %s", strerror(error));
}

struct tables *tables__open(uint32_t tgid, char *why, unsigned size)
{
	struct tables *t = calloc(1, sizeof(*t));
	int error = ENOMEM;

	libbpf_set_print(NULL); /* what is wrong comes in one line from us */
	if (t)
		t->bpf = tables_bpf__open();
	if (t && !t->bpf)
		error = errno;
	if (t && t->bpf) {
		t->bpf->rodata->tgid = tgid;
		error = -tables_bpf__load(t->bpf);
		if (!error)
			error = -tables_bpf__attach(t->bpf);
	}
	if (!error)
		return t;
	tables__explain(error, why, size);
	tables__close(t);
	return NULL;
}

void tables__close(struct tables *t)
{
	if (t && t->bpf)
		tables_bpf__destroy(t->bpf);
	free(t);
}

/* 0, or an error number: the kernel's, or the program's own. */
static int run(struct tables *t, const struct bpf_program *program)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);

	if (bpf_prog_test_run_opts(bpf_program__fd(program), &options) != 0)
		return errno;
	return (int)-t->bpf->bss->exchange.error;
}

bool tables__roots(struct tables *t, struct tables_roots *roots, char *why, unsigned size)
{
	const struct tables_exchange *exchange = &t->bpf->bss->exchange;
	int error = run(t, t->bpf->progs.on_roots);

	*roots = exchange->roots;
	if (!error)
		return true;
	if (!exchange->vcpu)
		snprintf(why, size,
			 "no vCPU was seen to enter: this KVM's structures are not those of Linux 5.19 and later");
	else if (!exchange->base)
		snprintf(why, size, "the kernel does not tell where it has physical memory (page_offset_base): %s",
			 strerror(error));
	else
		snprintf(why, size, "KVM's structures cannot be read: %s", strerror(error));
	return false;
}

const struct tables_root *tables__root_of(const struct tables_roots *roots, uint64_t eptp)
{
	for (unsigned i = 0; i < TABLES_ROOTS; i++)
		if (roots->ept02[i].eptp == eptp && roots->ept02[i].address != UINT64_MAX)
			return &roots->ept02[i];
	return NULL;
}

bool tables__word(uint64_t at, uint64_t *word, void *context)
{
	struct tables *t = context;
	struct tables_exchange *exchange = &t->bpf->bss->exchange;

	exchange->address = at;
	if (run(t, t->bpf->progs.on_word) != 0)
		return false;
	*word = exchange->word;
	return true;
}
