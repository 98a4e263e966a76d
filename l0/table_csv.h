/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For a command that makes CSV: writes it to the files that --csv, --json, --markdown and --latex name, each in its form.
 */
#ifndef NB_L0_TABLE_CSV_H
#define NB_L0_TABLE_CSV_H

#include "table_file.h"

/* put() writes CSV whose first line names the columns. False after one line. */
bool table_csv__write(const struct table_files *files, void (*put)(FILE *out, void *data), void *data);

#endif
