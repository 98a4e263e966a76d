// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds modules in a folder tree and follows their dependencies, which libkmod reads from each
 * file.
 */
#include "l0/kernels/kernel_modules.h"

#include <elf.h>
#include <errno.h>
#include <fts.h>
#include <libkmod.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "l0/base/allocate.h"
#include "l0/kernels/unpack.h"

/* The module files below a folder. */
struct tree {
	const char *root;
	struct tree_file {
		char *path;
		unsigned rank; /* among files with the same name, the lowest rank wins */
	} * file;
	unsigned count;
};

/* The state of one call of kernel_modules__add(). */
struct search {
	struct kernel_modules *modules;
	const char *release;
	struct tree tree;
};

static bool is_module_name(const char *file)
{
	const char *end = strstr(file, ".ko");

	return end && (strcmp(end, ".ko") == 0 || strcmp(end, ".ko.xz") == 0 || strcmp(end, ".ko.zst") == 0 ||
		       strcmp(end, ".ko.gz") == 0);
}

/*
 * A module in updates/ or extra/ replaces the kernel's module of the same name, as in depmod.
 * Otherwise the file nearest to the root wins.
 */
static unsigned rank_of(const FTSENT *entry, const char *below)
{
	const bool replaces = strncmp(below, "updates/", 8) == 0 || strncmp(below, "extra/", 6) == 0;

	return replaces ? 0 : (unsigned)entry->fts_level;
}

/*
 * Returns true for folders of a source tree that hold no modules. Package folders may hold copies
 * of an earlier build's modules, so they are skipped too.
 */
static bool is_skipped(const FTSENT *entry)
{
	static const char *const names[] = {"Documentation", "include", "scripts",  "tools",
					    "LICENSES",      "debian",  "rpmbuild", "tar-install"};

	if (entry->fts_level == 0)
		return false;
	if (entry->fts_name[0] == '.')
		return true;
	for (size_t i = 0; entry->fts_level == 1 && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(entry->fts_name, names[i]) == 0)
			return true;
	return false;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static void tree__read(struct tree *tree, const char *root)
{
	char *roots[] = {strdup(root), NULL};
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
	FTSENT *entry;

	*tree = (struct tree){.root = root};
	while (fts && (entry = fts_read(fts)) != NULL) {
		const char *below = entry->fts_path + strlen(root);

		if (entry->fts_info == FTS_D && is_skipped(entry))
			fts_set(fts, entry, FTS_SKIP);
		if (entry->fts_info != FTS_F || !is_module_name(entry->fts_name))
			continue;
		tree->file = nb_grow(tree->file, tree->count, sizeof(*tree->file));
		tree->file[tree->count++] = (struct tree_file){nb_strdup(entry->fts_path),
							       rank_of(entry, below + strspn(below, "/"))};
	}
	if (fts)
		fts_close(fts);
	free(roots[0]);
}

static void tree__free(struct tree *tree)
{
	for (unsigned i = 0; i < tree->count; i++)
		free(tree->file[i].path);
	free(tree->file);
}

/* Writes the kernel's name of a module file: "kvm_intel" for "/x/kvm-intel.ko.xz". */
static void name_of(const char *path, char name[MODULE_NAME])
{
	const char *file = strrchr(path, '/');

	file = file ? file + 1 : path;
	snprintf(name, MODULE_NAME, "%.*s", (int)strcspn(file, "."), file);
	for (char *p = name; *p; p++)
		if (*p == '-')
			*p = '_';
}

static const char *tree__find(const struct tree *tree, const char *name)
{
	const struct tree_file *best = NULL;
	char wanted[MODULE_NAME], found[MODULE_NAME];

	name_of(name, wanted);
	for (unsigned i = 0; i < tree->count; i++) {
		name_of(tree->file[i].path, found);
		if (strcmp(found, wanted) == 0 && (!best || tree->file[i].rank < best->rank))
			best = &tree->file[i];
	}
	return best ? best->path : NULL;
}

/* Reads the file of a module, uncompressed and without its signature. */
static bool read_module(const char *path, struct file_data *file)
{
	if (!file__read(path, file))
		return false;
	if (unpack__is_packed(file->data, file->size)) {
		struct file_data packed = *file;
		const char *why = unpack__all(packed.data, packed.size, file);

		free(packed.data);
		if (why) {
			pr_err("cannot unpack the kernel module %s: %s", path, why);
			return false;
		}
	}
	file->size = module__unsigned_size(file);
	return true;
}

/* The fields of a module's .modinfo section, allocated; NULL if the module lacks a field. */
struct module_info {
	char *depends, *vermagic;
};

static void module_info__free(struct module_info *info)
{
	free(info->depends);
	free(info->vermagic);
}

/* Returns true if the section lies in the file and its name lies in the table of names. */
static bool is_section_sound(const Elf64_Shdr *section, const struct file_data *file, const Elf64_Shdr *names)
{
	if (section->sh_type == SHT_NULL)
		return true;
	if (section->sh_name >= names->sh_size)
		return false;
	return section->sh_type == SHT_NOBITS ||
	       (section->sh_offset < file->size && section->sh_size <= file->size - section->sh_offset);
}

/*
 * libkmod aborts the program with an assertion if an object is damaged. So this checks the sections
 * first: there is a section table, the table of names ends with a NUL, and no section ends after
 * the file.
 */
static bool is_object_sound(const struct file_data *file)
{
	Elf64_Shdr section, names;
	Elf64_Ehdr header;

	if (file->size < sizeof(header))
		return false;
	memcpy(&header, file->data, sizeof(header));
	if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
	    header.e_ident[EI_DATA] != ELFDATA2LSB || header.e_machine != EM_X86_64 || header.e_type != ET_REL ||
	    header.e_shentsize != sizeof(section) || header.e_shstrndx >= header.e_shnum ||
	    header.e_shoff >= file->size || header.e_shnum > (file->size - header.e_shoff) / sizeof(section))
		return false;
	memcpy(&names, file->data + header.e_shoff + header.e_shstrndx * sizeof(names), sizeof(names));
	if (names.sh_type != SHT_STRTAB || names.sh_size == 0 || names.sh_offset >= file->size ||
	    names.sh_size > file->size - names.sh_offset || file->data[names.sh_offset + names.sh_size - 1] != '\0')
		return false;
	for (unsigned i = 0; i < header.e_shnum; i++) {
		memcpy(&section, file->data + header.e_shoff + i * sizeof(section), sizeof(section));
		if (!is_section_sound(&section, file, &names))
			return false;
	}
	return true;
}

/*
 * libkmod reads only files, so the bytes go into a file in memory. Returns 0, or the negative errno
 * of libkmod.
 */
static int module_info__read(struct module_info *info, const struct file_data *file)
{
	static const char *const no_configuration[] = {NULL};
	struct kmod_list *list = NULL, *item;
	struct kmod_module *module = NULL;
	struct kmod_ctx *kmod;
	char path[64];
	int fd = memfd_create("module", MFD_CLOEXEC), result = -errno;

	*info = (struct module_info){0};
	if (fd < 0)
		return result;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	kmod = kmod_new("/nonexistent", no_configuration);
	if (!kmod || !fd__write_all(fd, file->data, file->size)) {
		result = -ENOMEM;
	} else {
		kmod_set_log_priority(kmod, -1);
		result = kmod_module_new_from_path(kmod, path, &module);
	}
	if (result >= 0)
		result = kmod_module_get_info(module, &list);
	kmod_list_foreach(item, list)
	{
		const char *key = kmod_module_info_get_key(item), *value = kmod_module_info_get_value(item);

		if (strcmp(key, "depends") == 0 && !info->depends)
			info->depends = nb_strdup(value);
		if (strcmp(key, "vermagic") == 0 && !info->vermagic)
			info->vermagic = nb_strdup(value);
	}
	kmod_module_info_free_list(list);
	kmod_module_unref(module);
	kmod_unref(kmod);
	close(fd);
	return result < 0 ? result : 0;
}

/*
 * The first word of a module's vermagic is the release that it was built for
 * (include/linux/vermagic.h).
 */
static bool fits(const char *path, const struct module_info *info, const char *release)
{
	const size_t length = strcspn(info->vermagic, " ");

	if (strlen(release) == length && strncmp(info->vermagic, release, length) == 0)
		return true;
	pr_err("the module %s is of another kernel: it was built for %.*s, and the image is %s; name an image and modules "
	       "of one build",
	       path, (int)length, info->vermagic, release);
	return false;
}

static bool add(const struct search *search, const char *name, unsigned depth);

static bool add_dependencies(const struct search *search, char *depends, unsigned depth)
{
	bool good = true;

	for (char *one; good && (one = strsep(&depends, ",")) != NULL;)
		good = *one == '\0' || add(search, one, depth + 1);
	return good;
}

static bool add_file(const struct search *search, const char *path, unsigned depth)
{
	struct kernel_modules *modules = search->modules;
	struct module_info info = {0};
	struct kernel_module module;
	bool good = false;

	if (!read_module(path, &module.file))
		return false;
	name_of(path, module.name);
	if (!is_object_sound(&module.file) || module_info__read(&info, &module.file) < 0 || !info.vermagic)
		pr_err("%s is no kernel module, or it is damaged", path);
	else
		good = fits(path, &info, search->release) && add_dependencies(search, info.depends, depth);
	module_info__free(&info);
	if (good)
		modules->module[modules->count++] = module;
	else
		free(module.file.data);
	return good;
}

/*
 * depth is the number of modules that depend on this one. If count + depth reaches MODULES_MAX,
 * there are too many modules, or they depend on each other in a circle.
 */
static bool add(const struct search *search, const char *name, unsigned depth)
{
	const char *path = tree__find(&search->tree, name);
	char found[MODULE_NAME];

	if (!path) {
		pr_err("no kernel module %s below %s", name, search->tree.root);
		return false;
	}
	name_of(path, found);
	for (unsigned i = 0; i < search->modules->count; i++)
		if (strcmp(search->modules->module[i].name, found) == 0)
			return true;
	if (search->modules->count + depth >= MODULES_MAX) {
		pr_err("kernel module %s below %s: more than %d modules are needed, or they need each other in a "
		       "circle",
		       name, search->tree.root, MODULES_MAX);
		return false;
	}
	return add_file(search, path, depth);
}

bool kernel_modules__add(struct kernel_modules *modules, const char *root, const char *name, const char *release)
{
	struct search search = {.modules = modules, .release = release};
	bool good;

	tree__read(&search.tree, root);
	good = add(&search, name, 0);
	tree__free(&search.tree);
	return good;
}

void kernel_modules__free(struct kernel_modules *modules)
{
	while (modules->count > 0)
		free(modules->module[--modules->count].file.data);
}

bool kernel_modules__has(const char *root, const char *name)
{
	struct tree tree;
	bool found;

	tree__read(&tree, root);
	found = tree__find(&tree, name) != NULL;
	tree__free(&tree);
	return found;
}
size_t module__unsigned_size(const struct file_data *module)
{
	static const char magic[] = "~Module signature appended~\n";
	const size_t magic_size = sizeof(magic) - 1;
	/*
	 * struct module_signature has 12 bytes. Its last four bytes are the signature's size,
	 * big-endian.
	 */
	const size_t trailer_size = 12;
	const uint8_t *size;
	uint64_t signature;

	if (module->size < magic_size + trailer_size ||
	    memcmp(module->data + module->size - magic_size, magic, magic_size) != 0)
		return module->size;
	size = module->data + module->size - magic_size - 4;
	signature = (uint64_t)size[0] << 24 | (uint64_t)size[1] << 16 | (uint64_t)size[2] << 8 | size[3];
	if (signature > module->size - magic_size - trailer_size)
		return module->size;
	return module->size - magic_size - trailer_size - (size_t)signature;
}
