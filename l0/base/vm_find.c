// SPDX-License-Identifier: GPL-2.0-only
/* Searches procfs for processes that have the file of a KVM VM open. */
#include "l0/base/vm_find.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "l0/base/suggest.h"
#include "l0/base/util.h"

#define VM_FILE  "anon_inode:kvm-vm"
#define LIST_MAX 256

enum vm_state vm_find__state(const char *proc, pid_t pid)
{
	enum vm_state state = VM_NONE;
	struct dirent *entry;
	char path[256], target[64];
	DIR *folder;

	text__format(path, sizeof(path), "%s/%d/fd", proc, (int)pid);
	folder = opendir(path);
	if (!folder)
		return errno == ENOENT || errno == ESRCH ? VM_GONE : VM_HIDDEN;
	while (state != VM_THERE && (entry = readdir(folder)) != NULL) {
		ssize_t length = readlinkat(dirfd(folder), entry->d_name, target, sizeof(target) - 1);

		/*
		 * A process may read the folder but not its links: links need the right to trace
		 * the process (ptrace(2)).
		 */
		if (length < 0 && (errno == EACCES || errno == EPERM))
			state = VM_HIDDEN;
		if (length < 0) /* or the file was closed meanwhile */
			continue;
		target[length] = '\0';
		if (strcmp(target, VM_FILE) == 0)
			state = VM_THERE;
	}
	closedir(folder);
	return state;
}

bool vm_find__name(const char *argument, char *name, size_t size)
{
	for (const char *part = argument;; part++) {
		size_t length = strcspn(part, ",");
		bool guest = strncmp(part, "guest=", 6) == 0;
		size_t skip = guest ? 6 : 0;

		/* The first part may omit the key "guest=". */
		if ((guest || (part == argument && !memchr(part, '=', length))) && length > skip &&
		    length - skip < size) {
			memcpy(name, part + skip, length - skip);
			name[length - skip] = '\0';
			return true;
		}
		part += length;
		if (*part == '\0')
			return false;
	}
}

/* Copies the part of a path after the last slash, as much as fits. */
static void take_last_part(char *to, size_t size, const char *path)
{
	const char *slash = strrchr(path, '/'), *last = slash ? slash + 1 : path;
	const size_t length = strnlen(last, size - 1);

	memcpy(to, last, length);
	to[length] = '\0';
}

/* The kernel appends " (deleted)" to the path of an executable that was replaced while it runs. */
static void read_file(const char *proc, struct vm_process *process)
{
	static const char mark[] = " (deleted)";
	char path[256], target[4096];
	ssize_t length;

	text__format(path, sizeof(path), "%s/%d/exe", proc, (int)process->pid);
	length = readlink(path, target, sizeof(target) - 1);
	target[length > 0 ? length : 0] = '\0';
	if (length > (ssize_t)strlen(mark) && strcmp(target + length - strlen(mark), mark) == 0)
		target[length - (ssize_t)strlen(mark)] = '\0';
	take_last_part(process->file, sizeof(process->file), target);
}

static void read_names(const char *proc, struct vm_process *process)
{
	char path[256], words[8192];
	ssize_t length = 0;
	int fd;

	process->name[0] = '\0';
	text__format(path, sizeof(path), "%s/%d/comm", proc, (int)process->pid);
	if (!file__read_text(path, process->comm, sizeof(process->comm)))
		text__format(process->comm, sizeof(process->comm), "?");
	read_file(proc, process);
	text__format(path, sizeof(path), "%s/%d/cmdline", proc, (int)process->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		length = read(fd, words, sizeof(words) - 1);
		close(fd);
	}
	words[length > 0 ? length : 0] = '\0';
	take_last_part(process->called, sizeof(process->called), words);
	for (const char *word = words; word < words + length; word += strlen(word) + 1) {
		const char *next = word + strlen(word) + 1;

		if ((strcmp(word, "-name") == 0 || strcmp(word, "--name") == 0) && next < words + length &&
		    vm_find__name(next, process->name, sizeof(process->name)))
			return;
	}
}

size_t vm_find__list(const char *proc, struct vm_process *list, size_t size, size_t *hidden)
{
	DIR *folder = opendir(proc);
	struct dirent *entry;
	size_t count = 0;

	*hidden = 0;
	while (folder && (entry = readdir(folder)) != NULL) {
		pid_t pid = isdigit((unsigned char)entry->d_name[0]) ? (pid_t)strtol(entry->d_name, NULL, 10) : 0;
		enum vm_state state = pid ? vm_find__state(proc, pid) : VM_GONE;

		*hidden += state == VM_HIDDEN;
		if (state != VM_THERE)
			continue;
		if (count < size) {
			list[count].pid = pid;
			read_names(proc, &list[count]);
		}
		count++;
	}
	if (folder)
		closedir(folder);
	return count;
}

static bool is_meant(const struct vm_process *process, const char *word)
{
	char number[16];

	if (!*word)
		return false;
	text__format(number, sizeof(number), "%d", (int)process->pid);
	return strcmp(word, number) == 0 || strcmp(word, process->name) == 0 || strcmp(word, process->comm) == 0 ||
	       strcmp(word, process->called) == 0 || strcmp(word, process->file) == 0;
}

/* Returns the most complete of the program's names. */
static const char *program_of(const struct vm_process *process)
{
	return process->file[0] ? process->file : process->called[0] ? process->called : process->comm;
}

static void say_none(const struct vm_process *list, size_t count, size_t hidden, const char *word)
{
	const char *names[2 * LIST_MAX + 1];
	char suggestion[SUGGEST_SIZE];
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		if (list[i].name[0])
			names[n++] = list[i].name;
		names[n++] = program_of(&list[i]);
	}
	names[n] = NULL;
	suggest__names(suggestion, "; ", word, strlen(word), names);
	if (count > 0)
		pr_err("no VM %s among the %zu here%s%s", word, count, suggestion,
		       hidden ? " (as root with all capabilities we may see more)" : "");
	else if (hidden)
		pr_err("no VM %s: no process that we may look into runs a VM, and %zu are hidden: " VM_FIND_TODO, word,
		       hidden);
	else
		pr_err("no VM %s: no process here runs a VM", word);
}

int vm_find__word(const char *proc, const char *word, pid_t *pid)
{
	static struct vm_process list[LIST_MAX];
	size_t hidden, meant = 0, all = vm_find__list(proc, list, LIST_MAX, &hidden);
	size_t count = all < LIST_MAX ? all : LIST_MAX;

	for (size_t i = 0; i < count; i++)
		if (is_meant(&list[i], word)) {
			*pid = list[i].pid;
			meant++;
		}
	if (meant == 1)
		return NB_EXIT_GOOD;
	if (meant == 0) {
		say_none(list, count, hidden, word);
		return hidden && count == 0 ? NB_EXIT_SKIPPED : NB_EXIT_FAILED;
	}
	pr_err("--vm %s may be any of %zu: say --pid PID", word, meant);
	for (size_t i = 0; i < count; i++)
		if (is_meant(&list[i], word))
			fprintf(stderr, "  %7d  %s%s%s\n", (int)list[i].pid, program_of(&list[i]),
				list[i].name[0] ? ", guest " : "", list[i].name);
	return NB_EXIT_FAILED;
}
