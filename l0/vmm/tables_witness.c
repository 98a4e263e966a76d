// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads KVM's page tables and this process's page map through the kernel, and writes translation
 * paths to the stream.
 */
#include "l0/vmm/tables_witness.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "l0/base/util.h"
#include "l0/vmm/stream.h"
#include "l0/vmm/walk_addresses.h"
#include "trace/ept_path.h"
#include "trace/tables.h"

/* Bits of an entry of /proc/PID/pagemap (Documentation/admin-guide/mm/pagemap.rst). */
#define PAGEMAP_PRESENT (1ull << 63)
#define PAGEMAP_FRAME   ((1ull << 55) - 1)

/*
 * The vCPU is stopped, but the kernel may move a page during a reading. So the tables are read up
 * to READINGS_MAX times.
 */
#define READINGS_MAX 4

static struct tables *tables;
static bool wanted;
static char why[256]; /* why there are no tables */

/* All values of one reading, so that two readings can be compared. */
struct reading {
	struct tables_roots roots;
	struct ept_path ept01[WALK_L1_MAX], ept02[WALK_L2_MAX];
};

void tables_witness__open(void)
{
	wanted = true;
	tables = tables__open((uint32_t)getpid(), why, sizeof(why));
}

void tables_witness__close(void)
{
	tables__close(tables);
	tables = NULL;
	wanted = false;
}

static bool cannot_read(const char *which, uint64_t address)
{
	text__format(why, sizeof(why), "%s cannot be read on the way of address %#llx", which,
		     (unsigned long long)address);
	return false;
}

static bool read_all(struct reading *reading, const struct walk_asked *asked)
{
	const struct tables_roots *roots = &reading->roots;
	const struct tables_root *ept02;

	memset(reading, 0, sizeof(*reading));
	if (!tables__roots(tables, &reading->roots, why, sizeof(why)))
		return false;
	for (unsigned i = 0; i < asked->l1_count; i++)
		if (!ept_path__read(&reading->ept01[i], roots->ept01.address, roots->levels01, asked->l1[i],
				    tables__word, tables))
			return cannot_read("ept01", asked->l1[i]);
	ept02 = asked->has_eptp ? tables__root_of(roots, asked->eptp) : NULL;
	for (unsigned i = 0; ept02 && i < asked->l2_count; i++)
		if (!ept_path__read(&reading->ept02[i], ept02->address, roots->levels02, asked->l2[i], tables__word,
				    tables))
			return cannot_read("ept02", asked->l2[i]);
	return true;
}

/* Repeats the reading until two consecutive readings are equal. */
static bool read_still(struct reading *reading, const struct walk_asked *asked)
{
	static struct reading before;

	for (unsigned i = 0; i < READINGS_MAX; i++) {
		before = *reading;
		if (!read_all(reading, asked))
			return false;
		if (i > 0 && memcmp(&before, reading, sizeof(before)) == 0)
			return true;
	}
	text__format(why, sizeof(why), "they changed while they were read, %u times", READINGS_MAX - 1);
	return false;
}

static bool write_path(const char *which, uint64_t address, const struct ept_path *path)
{
	char text[EPT_PATH_TEXT];

	ept_path__write(path, text);
	return stream__text("walk.%s.%llx=%s", which, (unsigned long long)address, text);
}

/* Writes nothing if the kernel hides the frame: only root may read frame numbers. */
static bool write_host(const struct vm *vm, int pagemap, uint64_t address)
{
	const uint8_t *ours = vm__memory(vm, address, 1);
	uint64_t entry, at = (uintptr_t)ours;

	if (!ours || pagemap < 0 ||
	    pread(pagemap, &entry, sizeof(entry), (off_t)(at / 4096 * sizeof(entry))) != sizeof(entry) ||
	    !(entry & PAGEMAP_PRESENT) || !(entry & PAGEMAP_FRAME))
		return true;
	return stream__text("walk.host.%llx=%llx", (unsigned long long)address,
			    (unsigned long long)((entry & PAGEMAP_FRAME) * 4096 + at % 4096));
}

static bool write_reading(const struct vm *vm, const struct reading *reading, const struct walk_asked *asked)
{
	const struct tables_root *ept02 = asked->has_eptp ? tables__root_of(&reading->roots, asked->eptp) : NULL;
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	bool good = stream__text("walk.tables=read");

	if (ept02)
		good = good && stream__text("walk.ept02=%u", ept02->address == reading->roots.entered);
	else
		good = good && stream__text("walk.ept02=none");
	for (unsigned i = 0; i < asked->l1_count; i++)
		good = good && write_path("ept01", asked->l1[i], &reading->ept01[i]) &&
		       write_host(vm, pagemap, asked->l1[i]);
	for (unsigned i = 0; ept02 && i < asked->l2_count; i++)
		good = good && write_path("ept02", asked->l2[i], &reading->ept02[i]);
	if (pagemap >= 0)
		close(pagemap);
	return good;
}

bool tables_witness__write(const struct vm *vm, struct nb_ring *ring)
{
	static struct reading reading;
	struct walk_asked asked;

	if (!wanted)
		return true;
	walk_asked__read(&asked, ring);
	if (!stream__drain(ring))
		return false;
	if (!tables || !read_still(&reading, &asked))
		return stream__text("walk.tables=untried %s", why);
	return write_reading(vm, &reading, &asked);
}
