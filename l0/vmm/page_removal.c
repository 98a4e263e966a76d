// SPDX-License-Identifier: GPL-2.0-only
/*
 * MADV_DONTNEED returns a page to the kernel and removes it from KVM's page tables. Its content is
 * saved first. It is restored at once, or by userfaultfd(2): a thread that touches the missing page
 * sleeps in the kernel until the serving thread has restored it.
 */
#include "l0/vmm/page_removal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "l0/base/util.h"

#define PAGE 4096u

enum state { UNTRIED, READY, UNABLE };

static struct {
	enum state state;
	int fd;
	pthread_mutex_t lock; /* protects the members below, which two threads use */
	uint8_t *missing;     /* the missing page; NULL: none */
	uint8_t content[PAGE];
	uint32_t awaited;
} taker = {.fd = -1, .lock = PTHREAD_MUTEX_INITIALIZER};

static struct uffdio_range range_of(const uint8_t *page)
{
	return (struct uffdio_range){.start = (uintptr_t)page, .len = PAGE};
}

/* Restores the missing page, which also wakes the threads that wait for it. */
static void give_back(void)
{
	struct uffdio_copy copy = {
		.dst = (uintptr_t)taker.missing, .src = (uintptr_t)taker.content, .len = sizeof(taker.content)};
	struct uffdio_range range = range_of(taker.missing);

	if (ioctl(taker.fd, UFFDIO_COPY, &copy) != 0)
		pr_err("cannot give a page back to the guest: %s", strerror(errno));
	ioctl(taker.fd, UFFDIO_UNREGISTER, &range);
	taker.missing = NULL;
}

static void *serve(void *unused)
{
	struct uffd_msg message;

	while (read(taker.fd, &message, sizeof(message)) == sizeof(message)) {
		if (message.event != UFFD_EVENT_PAGEFAULT)
			continue;
		pthread_mutex_lock(&taker.lock);
		/*
		 * taker__await() may have restored this page already, which has woken the waiting
		 * threads.
		 */
		if (taker.missing && (message.arg.pagefault.address & ~(PAGE - 1ull)) == (uintptr_t)taker.missing) {
			give_back();
			taker.awaited++;
		}
		pthread_mutex_unlock(&taker.lock);
	}
	return unused;
}

/* The thread blocks all signals, because signals must interrupt KVM_RUN. */
static bool start(void)
{
	struct uffdio_api api = {.api = UFFD_API};
	sigset_t all, before;
	pthread_t thread;
	bool good;

	/*
	 * Faults in the kernel must count too, because KVM's faults are in the kernel. They need
	 * CAP_SYS_PTRACE or vm.unprivileged_userfaultfd=1.
	 */
	taker.fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	if (taker.fd < 0 || ioctl(taker.fd, UFFDIO_API, &api) != 0)
		return false;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	good = pthread_create(&thread, NULL, serve, NULL) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return good;
}

static bool ready(void)
{
	if (taker.state == UNTRIED)
		taker.state = start() ? READY : UNABLE;
	return taker.state == READY;
}

static bool drop(uint8_t *page)
{
	if (madvise(page, PAGE, MADV_DONTNEED) == 0)
		return true;
	pr_err("cannot take a page from the guest: %s", strerror(errno));
	return false;
}

bool taker__take(uint8_t *page)
{
	static uint8_t content[PAGE];

	memcpy(content, page, PAGE);
	if (!drop(page))
		return false;
	memcpy(page, content, PAGE);
	return true;
}

bool taker__await(uint8_t *page)
{
	struct uffdio_register range = {.range = range_of(page), .mode = UFFDIO_REGISTER_MODE_MISSING};
	bool good = ready();

	if (!good) {
		pr_err("cannot wait for a page to be touched: no userfaultfd");
		return false;
	}
	pthread_mutex_lock(&taker.lock);
	if (taker.missing)
		give_back();
	memcpy(taker.content, page, PAGE);
	good = ioctl(taker.fd, UFFDIO_REGISTER, &range) == 0;
	if (!good)
		pr_err("cannot wait for a page to be touched: %s", strerror(errno));
	good = good && drop(page);
	if (good)
		taker.missing = page;
	pthread_mutex_unlock(&taker.lock);
	return good;
}

uint32_t taker__awaited(void)
{
	uint32_t awaited;

	if (!ready())
		return UINT32_MAX;
	pthread_mutex_lock(&taker.lock);
	awaited = taker.awaited;
	pthread_mutex_unlock(&taker.lock);
	return awaited;
}
