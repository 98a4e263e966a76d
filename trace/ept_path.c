// SPDX-License-Identifier: GPL-2.0-only
/* Follows the entries of an EPT one after the other, as the CPU does. */
#include "trace/ept_path.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vmcs-shadow/controls.h"

#define ADDRESS 0x000ffffffffff000ull /* bits 51:12 */

static unsigned shift_of(unsigned level)
{
	return 12 + 9 * (level - 1);
}

unsigned ept_path__level(const struct ept_path *path, unsigned i)
{
	return path->levels - i;
}

uint64_t ept_path__at(const struct ept_path *path, uint64_t address, unsigned i)
{
	uint64_t table = i == 0 ? path->root : path->entry[i - 1];

	return (table & ADDRESS) + (address >> shift_of(ept_path__level(path, i)) & 511) * 8;
}

enum kind { TABLE, PAGE, ABSENT, INVALID };

/*
 * Bit 7 makes an entry at levels 3 and 2 a page, and is reserved above. An entry that permits
 * writes but not reads is misconfigured.
 */
static enum kind kind_of(uint64_t entry, unsigned level)
{
	if (!(entry & EPT_RWX))
		return ABSENT;
	if (!(entry & EPT_READ) && entry & EPT_WRITE)
		return INVALID;
	if (level == 1)
		return PAGE;
	if (!(entry & EPT_LARGE_PAGE))
		return TABLE;
	return level <= 3 ? PAGE : INVALID;
}

static bool is_possible(const struct ept_path *path)
{
	return path->levels >= EPT_LEVELS_MIN && path->levels <= EPT_LEVELS_MAX && path->entries >= 1 &&
	       path->entries <= path->levels && !(path->root & ~ADDRESS);
}

enum ept_end ept_path__end(const struct ept_path *path, uint64_t address, uint64_t *to, uint64_t *size)
{
	uint64_t last;

	if (!is_possible(path))
		return EPT_BROKEN;
	for (unsigned i = 0; i + 1 < path->entries; i++)
		if (kind_of(path->entry[i], ept_path__level(path, i)) != TABLE)
			return EPT_BROKEN;
	last = path->entry[path->entries - 1];
	switch (kind_of(last, ept_path__level(path, path->entries - 1))) {
	case PAGE:
		*size = 1ull << shift_of(ept_path__level(path, path->entries - 1));
		*to = (last & ADDRESS & ~(*size - 1)) | (address & (*size - 1));
		return EPT_PAGE;
	case ABSENT:
		return EPT_ABSENT;
	case INVALID:
		return EPT_INVALID;
	default:
		return EPT_BROKEN;
	}
}

bool ept_path__read(struct ept_path *path, uint64_t root, unsigned levels, uint64_t address,
		    bool (*read)(uint64_t at, uint64_t *word, void *context), void *context)
{
	*path = (struct ept_path){.root = root, .levels = levels, .entries = 1};
	if (!is_possible(path))
		return false;
	for (unsigned i = 0;; i++) {
		path->entries = i + 1;
		if (!read(ept_path__at(path, address, i), &path->entry[i], context))
			return false;
		if (kind_of(path->entry[i], ept_path__level(path, i)) != TABLE)
			return true;
	}
}

void ept_path__write(const struct ept_path *path, char text[EPT_PATH_TEXT])
{
	int length = snprintf(text, EPT_PATH_TEXT, "%" PRIx64 " %x", path->root, path->levels);

	for (unsigned i = 0; i < path->entries; i++)
		length += snprintf(text + length, EPT_PATH_TEXT - (size_t)length, " %" PRIx64, path->entry[i]);
}

/*
 * Takes one number: lower-case hexadecimal digits without sign or 0x. A blank or the end of the
 * text must follow.
 */
static bool take(const char **text, uint64_t *number)
{
	size_t length = strspn(*text, "0123456789abcdef");
	char *end;

	if (length == 0 || length > 16 || ((*text)[length] != ' ' && (*text)[length] != '\0'))
		return false;
	*number = strtoull(*text, &end, 16);
	*text = end + (*end == ' ');
	return true;
}

bool ept_path__parse(const char *text, struct ept_path *path)
{
	uint64_t levels;

	*path = (struct ept_path){0};
	if (!take(&text, &path->root) || !take(&text, &levels) || levels < EPT_LEVELS_MIN || levels > EPT_LEVELS_MAX)
		return false;
	for (path->levels = (unsigned)levels; *text && path->entries < path->levels; path->entries++)
		if (!take(&text, &path->entry[path->entries]))
			return false;
	return !*text && is_possible(path);
}
