// SPDX-License-Identifier: GPL-2.0-only
/* The list of kernel command-line words that the user must not give, and the check against it. */
#include "l0/kernels/kernel_args.h"

#include <string.h>

#include "l0/base/util.h"

static const struct {
	const char *name; /* "console" is refused with and without a value */
	const char *why;
} refused[] = {
	{"console", "nestbed sees by the console what the machine says"},
	{"init", "PID 1 is nestbed's own program"},
	{"rdinit", "PID 1 is nestbed's own program"},
	{"initrd", "the initramfs is nestbed's own"},
	{"initrdmem", "the initramfs is nestbed's own"},
	{"noinitrd", "nestbed's programs are in the initramfs"},
	{"clearcpuid", "nestbed hides features by it that the emulator does not have right, and only one counts"},
	{"tsc", "the emulated clock is as nestbed says it"},
	{"tsc_early_khz", "the emulated clock is as nestbed says it"},
	{"lpj", "the emulated clock is as nestbed says it"},
	{"kvm_intel.nested", "nested VMX is always on"},
	{"kvm_intel.enable_shadow_vmcs", "--config shadow_vmcs= says it, and is a column"},
	{"kvm_intel.ept", "--config ept= says it, and is a column"},
	{"kvm_intel.vpid", "--config vpid= says it, and is a column"},
	{"--", "what stands behind it would be for PID 1, which is nestbed's own program"},
};

/*
 * The kernel treats dashes and underscores in parameter names as equal (kernel/params.c, parameq).
 */
static bool is_named(const char *word, size_t length, const char *name)
{
	size_t at = 0;

	while (at < length && (word[at] == name[at] || (word[at] == '-' && name[at] == '_')))
		at++;
	return at == length && name[at] == '\0';
}

bool kernel_args__check(const char *words, char *why, size_t size)
{
	for (const char *word = words + strspn(words, " "); *word;) {
		const size_t length = strcspn(word, " "), name = strcspn(word, "= ");

		for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
			if (is_named(word, name, refused[i].name)) {
				text__format(why, size, "%.*s cannot be given: %s", (int)(length < 60 ? length : 60),
					     word, refused[i].why);
				return false;
			}
		word += length;
		word += strspn(word, " ");
	}
	return true;
}
