// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads the version of Bochs from its banner. Bochs has no version option, but prints a banner
 * before it reads its configuration.
 */
#include "l0/machine/emulator.h"

#include <stdio.h>
#include <string.h>

/* The configuration file does not exist, so Bochs ends after its banner. */
#define COMMAND "LC_ALL=C bochs -q -f /nonexistent/bochsrc </dev/null 2>&1"
#define NAME    "Bochs x86 Emulator "

bool emulator__parse(const char *banner, char *text, size_t size)
{
	const char *at = strstr(banner, NAME);
	int length;

	text[0] = '\0';
	if (!at)
		return false;
	at += strlen(NAME);
	length = (int)strcspn(at, " \t\r\n");
	if (length == 0)
		return false;
	snprintf(text, size, "Bochs %.*s", length, at);
	return true;
}

bool emulator__version(char *text, size_t size)
{
	char banner[8192];
	size_t length;
	FILE *out = popen(COMMAND, "r");

	text[0] = '\0';
	if (!out)
		return false;
	length = fread(banner, 1, sizeof(banner) - 1, out);
	banner[length] = '\0';
	pclose(out);
	return emulator__parse(banner, text, size);
}
