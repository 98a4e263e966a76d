// SPDX-License-Identifier: GPL-2.0-only
/* One access to a device, through a port or a page, for each route that the access can take. */
#include "microbench/abi/ports.h"
#include "microbench/abi/services.h"
#include "microbench/bare/cpu.h"
#include "microbench/family.h"

#define STORE(page) __asm__ volatile("movl %0, (%1)" : : "r"(i), "r"((uint64_t)(page)) : "memory")

NB_OPERATION(pio)
{
	outl(NB_PORT_MESSAGE, i);
}

NB_OPERATION(pio_kernel)
{
	outb(NB_PORT_KERNEL, 0xff);
}

NB_OPERATION(pio_user)
{
	outl(NB_PORT_USER, i);
}

NB_OPERATION(mmio_misconfig)
{
	STORE(NB_MMIO_MISCONFIG);
}

NB_OPERATION(mmio_violation)
{
	STORE(NB_MMIO_VIOLATION);
}

NB_OPERATION(mmio_kernel)
{
	__asm__ volatile("movl (%0), %%eax" : : "r"((uint64_t)NB_MMIO_KERNEL) : "eax", "memory");
}

NB_OPERATION(mmio_user)
{
	STORE(NB_MMIO_USER);
}
