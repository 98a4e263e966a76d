// SPDX-License-Identifier: GPL-2.0-only
/* Reads records from a growing file and draws a line of progress. */
#include "l0/base/progress.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DRAW_SECONDS 0.2

double progress__now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void progress__begin(struct progress *p, unsigned windows)
{
	*p = (struct progress){.fd = -1, .of = windows};
	p->started = p->last_change = progress__now();
}

static void look_at(struct progress *p, const struct nb_record *r)
{
	static const char key[] = "run.level=";

	p->records++;
	switch (r->type) {
	case NB_RECORD_TEXT:
		if (strncmp(r->text, key, sizeof(key) - 1) == 0) {
			snprintf(p->level, sizeof(p->level), "%.7s", r->text + sizeof(key) - 1);
			p->op[0] = '\0';
		}
		break;
	case NB_RECORD_OPEN:
	case NB_RECORD_SKIP:
		if (p->windows++ == 0)
			p->first = progress__now();
		snprintf(p->op, sizeof(p->op), "%.*s", NB_OP_NAME_LEN, r->window.op);
		break;
	case NB_RECORD_SAMPLE:
		if (p->first_l2 == 0 && strcmp(p->level, "L2") == 0)
			p->first_l2 = progress__now() - p->started;
		break;
	case NB_RECORD_END:
		if (p->end_status == 0)
			p->end_status = r->end.status;
		break;
	default:
		break;
	}
}

bool progress__update(struct progress *p, const char *path)
{
	bool any = false;
	ssize_t n;

	if (p->fd < 0)
		p->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (p->fd < 0)
		return false;
	while ((n = read(p->fd, (char *)&p->part + p->part_length, sizeof(p->part) - p->part_length)) > 0) {
		any = true;
		p->part_length += (size_t)n;
		if (p->part_length == sizeof(p->part)) {
			look_at(p, &p->part);
			p->part_length = 0;
		}
	}
	if (any)
		p->last_change = progress__now();
	return any;
}

void progress__draw(struct progress *p, const char *what)
{
	double now = progress__now();

	if (!isatty(STDERR_FILENO) || now - p->drawn < DRAW_SECONDS)
		return;
	p->drawn = now;
	if (p->op[0] == '\0')
		fprintf(stderr, "\r\033[K%s ... %.0f s", what, now - p->started);
	else if (p->of > p->windows)
		fprintf(stderr, "\r\033[K%s: window %u of %u (%s %s), %.0f s, about %.0f s left", what, p->windows,
			p->of, p->level, p->op, now - p->started, (now - p->first) * (p->of - p->windows) / p->windows);
	else
		fprintf(stderr, "\r\033[K%s: window %u (%s %s), %.0f s", what, p->windows, p->level, p->op,
			now - p->started);
}

void progress__end(struct progress *p)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K");
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}
