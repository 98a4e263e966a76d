// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds a program's dynamic loader (PT_INTERP), and asks this loader which libraries the program
 * needs.
 */
#include "l0/machine/libraries.h"

#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

bool libraries__add_at_own_path(struct initramfs *fs, const char *path)
{
	char folder[512];

	if (initramfs__has(fs, path + 1))
		return true;
	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		text__format(folder, sizeof(folder), "%.*s", (int)(slash - path - 1), path + 1);
		if (!initramfs__has(fs, folder) && !initramfs__add_directory(fs, folder))
			return false;
	}
	return initramfs__add_file(fs, path + 1, path, 0755);
}

/*
 * Returns the number of bytes that the file's program headers refer to, or the whole size if the
 * file is no ELF. The loader does not need the rest: section headers, symbols and debug
 * information.
 */
static size_t loaded_size(const struct file_data *file)
{
	Elf *elf;
	GElf_Phdr header;
	size_t count = 0, end = 0;

	elf_version(EV_CURRENT);
	elf = elf_memory((char *)file->data, file->size);
	if (!elf || elf_getphdrnum(elf, &count) != 0)
		count = 0;
	for (size_t i = 0; i < count; i++)
		if (gelf_getphdr(elf, (int)i, &header) && header.p_offset + header.p_filesz > end)
			end = header.p_offset + header.p_filesz;
	elf_end(elf);
	return end > 0 && end < file->size ? end : file->size;
}

static bool add_loaded_part(struct initramfs *fs, const char *name, const char *path)
{
	struct file_data file;
	bool good;

	if (!file__read(path, &file))
		return false;
	good = initramfs__add_data(fs, name, file.data, loaded_size(&file), 0755);
	free(file.data);
	return good;
}

/*
 * Returns the path in PT_INTERP (the caller frees it), or NULL if the program is static or no ELF.
 */
static char *find_loader(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *loader = NULL, *bytes;
	GElf_Phdr header;
	size_t count = 0, size;
	Elf *elf;

	if (fd < 0)
		return NULL;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf || elf_getphdrnum(elf, &count) != 0)
		count = 0;
	bytes = elf ? elf_rawfile(elf, &size) : NULL;
	for (size_t i = 0; bytes && i < count && !loader; i++)
		if (gelf_getphdr(elf, (int)i, &header) && header.p_type == PT_INTERP && header.p_offset < size &&
		    header.p_filesz <= size - header.p_offset)
			loader = strndup(bytes + header.p_offset, header.p_filesz);
	elf_end(elf);
	close(fd);
	return loader;
}

/*
 * Starts "LOADER --list PROGRAM". With the mask, glibc ignores libraries built for this CPU alone,
 * which an emulated CPU may not run. Other loaders do not know the mask option. LD_LIBRARY_PATH and
 * LD_PRELOAD are unset, because the emulated machine does not have them. Returns the pipe end to
 * read: the list or an error message.
 */
static FILE *ask_loader(const char *loader, const char *path, bool mask, pid_t *child)
{
	const char *argv[] = {loader, "--list", path, NULL, NULL, NULL};
	int ends[2];

	if (mask) {
		argv[1] = "--glibc-hwcaps-mask";
		argv[2] = "";
		argv[3] = "--list";
		argv[4] = path;
	}
	if (pipe(ends) != 0)
		return NULL;
	*child = fork();
	if (*child == 0) {
		unsetenv("LD_LIBRARY_PATH");
		unsetenv("LD_PRELOAD");
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		execv(loader, (char *const *)argv);
		_exit(127);
	}
	close(ends[1]);
	if (*child < 0) {
		close(ends[0]);
		return NULL;
	}
	return fdopen(ends[0], "re");
}

/*
 * Returns the loader's output (the caller frees it), or NULL if the loader cannot be started. *good
 * is true if the output is a list.
 */
static char *list_libraries(const char *loader, const char *path, bool mask, bool *good)
{
	char *text = NULL;
	size_t length = 0;
	pid_t child = -1;
	int status = -1;
	FILE *list = ask_loader(loader, path, mask, &child);

	*good = false;
	if (!list)
		return NULL;
	if (getdelim(&text, &length, '\0', list) < 0) {
		free(text);
		text = NULL;
	}
	fclose(list);
	*good = waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0 && text;
	return text;
}

/*
 * Finds the folder of the C library. Every loader searches this folder; the emulated machine has no
 * cache for other folders.
 */
static void find_libc_folder(const char *list, char *folder, size_t size)
{
	const char *found = strstr(list, "libc.so");
	const char *arrow = found ? strstr(found, " => /") : NULL;
	char *slash;

	text__format(folder, size, "%.*s", arrow ? (int)strcspn(arrow + 4, " \n") : 0, arrow ? arrow + 4 : "");
	slash = strrchr(folder, '/');
	if (slash)
		*slash = '\0';
}

/*
 * Adds the library of one line: "\tlibz.so.1 => /lib/x86_64-linux-gnu/libz.so.1 (0x...)". Lines
 * without an arrow name no file. A library outside the C library's folder was found by a search
 * path or the cache, so it is also copied to that folder.
 */
static bool add_listed(struct initramfs *fs, const char *line, const char *libc_folder)
{
	char soname[128], path[512], beside[768];
	size_t folder = strlen(libc_folder);

	if (sscanf(line, " %127s => %511s", soname, path) != 2 || path[0] != '/')
		return true;
	if (!libraries__add_at_own_path(fs, path))
		return false;
	if (folder == 0 || strchr(soname, '/') ||
	    (strncmp(path, libc_folder, folder) == 0 && path[folder] == '/' && !strchr(path + folder + 1, '/')))
		return true;
	text__format(beside, sizeof(beside), "%s/%s", libc_folder + 1, soname);
	return initramfs__has(fs, beside) || initramfs__add_file(fs, beside, path, 0755);
}

bool libraries__add_program(struct initramfs *fs, const char *name, const char *path)
{
	char *loader, *list, folder[512];
	bool good = true;

	if (!initramfs__has(fs, name) && !add_loaded_part(fs, name, path))
		return false;
	loader = find_loader(path);
	if (!loader)
		return true;
	list = list_libraries(loader, path, true, &good);
	if (!good) {
		free(list);
		list = list_libraries(loader, path, false, &good);
	}
	if (!good)
		pr_err("the libraries of %s are not all there: %s says: %.*s", path, loader,
		       (int)(list ? strcspn(list, "\n") : 7), list ? list : "nothing");
	else
		find_libc_folder(list, folder, sizeof(folder));
	good = good && libraries__add_at_own_path(fs, loader);
	for (char *rest = list, *line; good && (line = strsep(&rest, "\n")) != NULL;)
		good = add_listed(fs, line, folder);
	free(list);
	free(loader);
	return good;
}
