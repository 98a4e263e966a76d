// SPDX-License-Identifier: GPL-2.0-only
/*
 * The C side of enter.S. An exception of the tested code continues at run_back, as if the code had
 * jumped there.
 */
#include "l2-guests/vmxdiff/diff_run.h"

#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"

struct run_registers run_in, run_out;
struct run_fault run_fault;
uint16_t run_selectors[8];

extern const void *run_target;
extern uint32_t run_exited;
void run_enter(void);
void run_enter_user(void);

static bool running, faulted;

static void on_exception(struct exception_frame *f)
{
	/*
	 * This is a fault of the test itself. Without a handler the instruction faults again and
	 * causes a dump.
	 */
	if (!running) {
		bare_handle((unsigned)f->vector, NULL);
		return;
	}
	faulted = true;
	running = false;
	run_fault = (struct run_fault){f->vector, f->error, f->rip, read_cr2()};
	f->rip = (uintptr_t)run_back;
	f->cs = BARE_CS;
	f->ss = read_ss();
	f->rflags = 2;
}

void run_init(void)
{
	for (unsigned vector = 0; vector < 32; vector++)
		bare_handle(vector, on_exception);
}

enum run_end run_code(const void *target, bool user)
{
	run_target = target;
	run_exited = 0;
	faulted = false;
	running = true;
	if (user)
		run_enter_user();
	else
		run_enter();
	running = false;
	return faulted ? RUN_FAULT : run_exited ? RUN_EXIT : RUN_BACK;
}
