// SPDX-License-Identifier: GPL-2.0-only
/* Reads the state of this computer from procfs, sysfs and CPUID. */
#include "l0/base/computer.h"

#include <cpuid.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "l0/base/util.h"
#include "vmcs-shadow/x86.h"

/*
 * SDM, CPUID: bit 31 of leaf 1 ECX is 0 on a physical CPU. The leaves of a hypervisor begin at
 * 0x40000000.
 */
#define LEAF_HYPERVISOR 0x40000000u

static const char unknown[] = "unknown";

/*
 * Returns the length in bytes of the UTF-8 character at text, or 0 if the bytes are invalid (RFC
 * 3629).
 */
static unsigned utf8_length(const unsigned char *text)
{
	const unsigned length = *text < 0x80   ? 1
				: *text < 0xc2 ? 0
				: *text < 0xe0 ? 2
				: *text < 0xf0 ? 3
				: *text < 0xf5 ? 4
					       : 0;

	for (unsigned i = 1; i < length; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	if ((*text == 0xe0 && text[1] < 0xa0) || (*text == 0xed && text[1] > 0x9f) ||
	    (*text == 0xf0 && text[1] < 0x90) || (*text == 0xf4 && text[1] > 0x8f))
		return 0;
	return length;
}

/*
 * JSON accepts only UTF-8, and a terminal must not get control characters. Replaces each other byte
 * by '?'.
 */
static void clean(char *text)
{
	for (unsigned char *c = (unsigned char *)text; *c;) {
		const unsigned length = utf8_length(c);

		if (length == 0 || *c < ' ' || *c == 0x7f) {
			*c++ = '?';
			continue;
		}
		c += length;
	}
}

static bool read_at(const char *root, const char *path, char *text, size_t size)
{
	char full[512];

	text__format(full, sizeof(full), "%s%s", root, path);
	return file__read_text(full, text, size) && *text;
}

static void read_text(const char *root, const char *path, char *text, size_t size)
{
	if (!read_at(root, path, text, size))
		snprintf(text, size, "%s", unknown);
	clean(text);
}

/*
 * Writes "on" or "off" for a file that holds a number: nonzero is "on", or "off" if inverted.
 * Returns false if the file cannot be read or is empty.
 */
static bool read_switch(const char *root, const char *path, bool inverted, char text[8])
{
	char value[16];

	if (!read_at(root, path, value, sizeof(value)))
		return false;
	snprintf(text, 8, "%s", (strcmp(value, "0") != 0) != inverted ? "on" : "off");
	return true;
}

/* Adds a word to a comma-separated list if the list does not hold the word yet. */
static void add_word(char *list, size_t size, const char *word)
{
	const size_t length = strlen(word);

	for (const char *at = list; (at = strstr(at, word)) != NULL; at++)
		if ((at == list || at[-1] == ',') && (at[length] == ',' || at[length] == '\0'))
			return;
	if (strlen(list) + length + 2 <= size)
		snprintf(list + strlen(list), size - strlen(list), "%s%s", *list ? "," : "", word);
}

static int is_cpu(const struct dirent *entry)
{
	return strncmp(entry->d_name, "cpu", 3) == 0 && entry->d_name[3] >= '0' && entry->d_name[3] <= '9';
}

static void read_governor(const char *root, char *text, size_t size)
{
	char folder[512], path[600], value[64];
	struct dirent **cpus;
	int count;

	text[0] = '\0';
	text__format(folder, sizeof(folder), "%s/sys/devices/system/cpu", root);
	count = scandir(folder, &cpus, is_cpu, versionsort);
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%.40s/cpufreq/scaling_governor", folder, cpus[i]->d_name);
		if (file__read_text(path, value, sizeof(value)) && *value)
			add_word(text, size, value);
		free(cpus[i]);
	}
	if (count >= 0)
		free(cpus);
	if (!*text)
		snprintf(text, size, "%s", unknown);
	clean(text);
}

void computer__name_hypervisor(char name[COMPUTER_TEXT], const char signature[12])
{
	static const struct {
		char signature[13];
		const char *name;
	} known[] = {
		{"KVMKVMKVM\0\0\0", "KVM"},       {"Microsoft Hv", "Hyper-V"},   {"VMwareVMware", "VMware"},
		{"XenVMMXenVMM", "Xen"},          {"TCGTCGTCGTCG", "QEMU TCG"},  {"bhyve bhyve ", "bhyve"},
		{"ACRNACRNACRN", "ACRN"},         {"prl hyperv  ", "Parallels"}, {"VBoxVBoxVBox", "VirtualBox"},
		{"Jailhouse\0\0\0", "Jailhouse"}, {"nestbed nest", "nestbed"},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (memcmp(known[i].signature, signature, 12) == 0) {
			snprintf(name, COMPUTER_TEXT, "%s", known[i].name);
			return;
		}
	snprintf(name, COMPUTER_TEXT, "%.12s", signature);
	clean(name);
	if (!*name)
		snprintf(name, COMPUTER_TEXT, "%s", unknown);
}

static void ask_cpuid(struct computer *computer)
{
	unsigned a, b, c, d;
	char signature[12];

	snprintf(computer->hypervisor, sizeof(computer->hypervisor), "none");
	computer->is_vm = __get_cpuid(1, &a, &b, &c, &d) && c & LEAF_1_ECX_HYPERVISOR;
	if (!computer->is_vm)
		return;
	__cpuid(LEAF_HYPERVISOR, a, b, c, d);
	memcpy(signature, &b, 4);
	memcpy(signature + 4, &c, 4);
	memcpy(signature + 8, &d, 4);
	computer__name_hypervisor(computer->hypervisor, signature);
}

/* Counts the CPUs of a list, for example "0-3,8". Returns 0 for a damaged list. */
static unsigned count_cpus(const char *list)
{
	unsigned count = 0;

	for (char *end; *list >= '0' && *list <= '9'; list = end + (*end == ',')) {
		const unsigned long first = strtoul(list, &end, 10),
				    last = *end == '-' ? strtoul(end + 1, &end, 10) : first;

		if (last < first || last - first > 1 << 16)
			return 0;
		count += (unsigned)(last - first + 1);
	}
	return count;
}

/* An empty file `isolated` means that no CPU is isolated. */
static void read_cpus(const char *root, struct computer *computer)
{
	char path[512], online[COMPUTER_TEXT];

	text__format(path, sizeof(path), "%s/sys/devices/system/cpu/isolated", root);
	if (!file__read_text(path, computer->isolated, sizeof(computer->isolated)))
		snprintf(computer->isolated, sizeof(computer->isolated), "%s", unknown);
	else if (!computer->isolated[0])
		snprintf(computer->isolated, sizeof(computer->isolated), "none");
	clean(computer->isolated);
	read_text(root, "/sys/devices/system/cpu/online", online, sizeof(online));
	computer->cpus = count_cpus(online);
}

void computer__read(struct computer *computer, const char *root)
{
	struct utsname uts;
	char *blank;

	*computer = (struct computer){0};
	uname(&uts);
	snprintf(computer->host_name, sizeof(computer->host_name), "%s", *uts.nodename ? uts.nodename : unknown);
	clean(computer->host_name);
	snprintf(computer->kernel, sizeof(computer->kernel), "%s", uts.release);
	read_text(root, "/proc/cmdline", computer->kernel_cmdline, sizeof(computer->kernel_cmdline));
	read_governor(root, computer->governor, sizeof(computer->governor));
	computer->turbo_by_pstate = read_switch(root, "/sys/devices/system/cpu/intel_pstate/no_turbo", true,
						computer->turbo);
	if (!computer->turbo_by_pstate &&
	    !read_switch(root, "/sys/devices/system/cpu/cpufreq/boost", false, computer->turbo))
		snprintf(computer->turbo, sizeof(computer->turbo), "%s", unknown);
	if (!read_switch(root, "/sys/devices/system/cpu/smt/active", false, computer->smt))
		snprintf(computer->smt, sizeof(computer->smt), "%s", unknown);
	if (!read_switch(root, "/proc/sys/kernel/nmi_watchdog", false, computer->nmi_watchdog))
		snprintf(computer->nmi_watchdog, sizeof(computer->nmi_watchdog), "%s", unknown);
	read_cpus(root, computer);
	read_text(root, "/proc/loadavg", computer->load, sizeof(computer->load));
	/* The format of /proc/loadavg is "0.10 0.20 0.30 1/234 5678". */
	blank = computer->load;
	for (int i = 0; blank && i < 3; i++)
		blank = strchr(blank + (i > 0), ' ');
	if (blank)
		*blank = '\0';
	ask_cpuid(computer);
}

void computer__date(char *text, size_t size, time_t when)
{
	struct tm utc;

	if (strftime(text, size, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&when, &utc)) == 0)
		snprintf(text, size, "%s", unknown);
}

static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+,./:@%";

/* Appends bytes if there is room for them and the final zero. */
static void append(char *text, size_t size, size_t *length, const char *more, size_t bytes)
{
	if (*length + bytes >= size)
		return;
	memcpy(text + *length, more, bytes);
	*length += bytes;
	text[*length] = '\0';
}

void computer__quote(char *text, size_t size, const char *arguments, size_t length)
{
	size_t used = 0;

	text[0] = '\0';
	for (const char *word = arguments; word < arguments + length;
	     word += strnlen(word, (size_t)(arguments + length - word)) + 1) {
		const size_t bytes = strnlen(word, (size_t)(arguments + length - word));
		const bool quoted = bytes == 0 || strspn(word, plain) < bytes;

		if (used)
			append(text, size, &used, " ", 1);
		if (quoted)
			append(text, size, &used, "'", 1);
		for (size_t i = 0; i < bytes; i++) {
			if (word[i] == '\'')
				append(text, size, &used, "'\\''", 4);
			else
				append(text, size, &used, word + i, 1);
		}
		if (quoted)
			append(text, size, &used, "'", 1);
	}
	clean(text);
}

void computer__command_line(char *text, size_t size)
{
	char arguments[COMPUTER_CMDLINE];
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, arguments, sizeof(arguments) - 1);

	if (fd >= 0)
		close(fd);
	if (length <= 0) {
		snprintf(text, size, "%s", unknown);
		return;
	}
	arguments[length] = '\0';
	computer__quote(text, size, arguments, (size_t)length);
}
