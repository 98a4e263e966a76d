// SPDX-License-Identifier: GPL-2.0-only
/* The list of record files that a machine writes. */
#include <stdlib.h>

#include "l0/base/allocate.h"
#include "l0/base/util.h"
#include "l0/machine/machine.h"

void streams__add(struct streams *streams, const char *path, unsigned variant)
{
	struct stream_file *file;

	streams->file = nb_grow(streams->file, streams->count, sizeof(*streams->file));
	file = &streams->file[streams->count++];
	text__format(file->path, sizeof(file->path), "%s", path);
	file->variant = variant;
}

bool streams__named(const struct streams *streams)
{
	return !streams->named || streams->named(streams->user, streams);
}

void streams__free(struct streams *streams)
{
	free(streams->file);
	*streams = (struct streams){0};
}
