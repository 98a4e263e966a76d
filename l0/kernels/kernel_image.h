/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the image of a Linux kernel: a bzImage, a vmlinux, or either of them compressed. It is
 * unpacked on this computer, because the kernel's own decompressor takes half a minute on an
 * emulated CPU.
 */
#ifndef NB_L0_KERNEL_IMAGE_H
#define NB_L0_KERNEL_IMAGE_H

#include "l0/base/util.h"

#define KERNEL_TEXT 128

/* Facts about a kernel, read from its image. */
struct kernel_facts {
	char release[KERNEL_TEXT];       /* uname -r: "6.1.0-57-cloud-amd64" */
	char build[2 * KERNEL_TEXT];     /* uname -v: "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-3 (2026-11-02)", or "" */
	bool btf;                        /* the image holds the kernel's types (BTF), which eBPF programs need */
	bool pvh;                        /* the image has a PVH entry */
	bool kvm_builtin, intel_builtin; /* KVM and kvm_intel are part of the image */
};

/*
 * Reads the image at path and unpacks it. vmlinux becomes the ELF file inside; the caller frees
 * .data. Returns false after a message if the file cannot be read, is no kernel, is truncated, or
 * is for another architecture than x86-64.
 */
bool kernel_image__read(const char *path, struct file_data *vmlinux, struct kernel_facts *facts);

/*
 * Uncompresses the payload of a bzImage: gzip, bzip2, LZMA, XZ, LZ4 or Zstandard. path is for
 * messages. The caller frees vmlinux->data. Returns false after a message if the file is no bzImage
 * or is damaged.
 */
bool kernel_image__unpack(const char *path, const struct file_data *bzimage, struct file_data *vmlinux);

/*
 * Reads the facts of an ELF file. Returns false after a message if it is no x86-64 kernel or is
 * truncated.
 */
bool kernel_image__examine(const char *path, const struct file_data *vmlinux, struct kernel_facts *facts);

#endif
