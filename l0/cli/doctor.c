// SPDX-License-Identifier: GPL-2.0-only
/* The command `nestbed doctor` says what this computer offers, and what to do about each lack. */
#include "l0/report/doctor.h"

#include <argp.h>

#include "l0/base/options.h"
#include "l0/base/result_table.h"
#include "l0/cli/commands.h"

static const struct argp_child children[] = {{&table_files_argp, 0, TABLE_FILES_HEADER, 1}, {0}};

static const struct argp argp = {
	.parser = table_files__parse_alone,
	.children = children,
	.doc = "Say what this computer offers, what to do about each lack, and which machines can run.\v"
	       "Each line is ok, no (some machine needs it) or -- (optional: something is not measured or shown without it, or it "
	       "disturbs times). A hint is said once, where it is needed first.\n"
	       "\n"
	       "Examples:\n"
	       "  nestbed doctor\n"
	       "  sudo nestbed doctor                   (root may load eBPF programs)\n"
	       "  nestbed doctor --json - | jq -r .auto   (what --machine auto takes)\n"
	       "  nestbed doctor --json - | jq -r '.checks[] | select(.state==\"no\") | .todo'\n"
	       "\n"
	       "Exit codes: 0 some machine can run, 1 failed, 2 usage, 77 none can.",
};

int doctor__main(int argc, char **argv)
{
	struct table_files files = {{NULL}};

	options__parse(&argp, argc, argv, NULL, NULL, NULL, &files);
	return doctor__report(table_files__take_stdout(&files) ? NULL : stdout, &files);
}
