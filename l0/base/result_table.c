// SPDX-License-Identifier: GPL-2.0-only
/* Writes a table in each format: the beginning, the rows and the end. */
#include "l0/base/result_table.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "l0/base/allocate.h"

void table__begin(struct table *t, const struct table_column *columns, size_t column_count)
{
	*t = (struct table){.columns = columns, .column_count = column_count};
}

void table__add(struct table *t, const char *text)
{
	t->cells = nb_grow(t->cells, t->cell_count, sizeof(*t->cells));
	t->cells[t->cell_count++] = nb_strdup(text);
}

void table__addf(struct table *t, const char *format, ...)
{
	char text[4096];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	table__add(t, text);
}

void table__add_number(struct table *t, double value, int decimals)
{
	if (isfinite(value))
		table__addf(t, "%.*f", decimals, value);
	else
		table__add(t, "");
}

void table__free(struct table *t)
{
	for (size_t i = 0; i < t->cell_count; i++)
		free(t->cells[i]);
	free(t->cells);
	*t = (struct table){0};
}

/* --- Text ----------------------------------------------------------------------------------- */

/* Counts characters, not bytes: names of CPUs may have characters outside ASCII. */
static size_t width_of(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static void print_line(const struct table *t, const char *const *cells, const size_t *widths, FILE *out)
{
	size_t pending = 0;

	for (size_t i = 0; i < t->column_count; i++) {
		const size_t blanks = widths[i] - width_of(cells[i]);
		const bool right = t->columns[i].number;

		pending += right ? blanks : 0;
		if (*cells[i]) {
			fprintf(out, "%*s%s", (int)pending, "", cells[i]);
			pending = 0;
		}
		pending += (right ? 0 : blanks) + 2;
	}
	fputc('\n', out);
}

void table__print(const struct table *t, FILE *out)
{
	size_t *widths = calloc(t->column_count, sizeof(*widths));
	const char **names = calloc(t->column_count, sizeof(*names));

	for (size_t i = 0; widths && names && i < t->column_count; i++) {
		names[i] = t->columns[i].name;
		widths[i] = width_of(names[i]);
		for (size_t cell = i; cell < t->cell_count; cell += t->column_count)
			widths[i] = width_of(t->cells[cell]) > widths[i] ? width_of(t->cells[cell]) : widths[i];
	}
	if (widths && names) {
		print_line(t, names, widths, out);
		for (size_t row = 0; row + t->column_count <= t->cell_count; row += t->column_count)
			print_line(t, (const char *const *)&t->cells[row], widths, out);
	}
	free(widths);
	free(names);
}

/* --- Files ---------------------------------------------------------------------------------- */

static void put_csv_cell(const char *text, FILE *out)
{
	if (!strpbrk(text, ",\"\r\n")) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text; text++)
		fprintf(out, "%s%c", *text == '"' ? "\"" : "", *text);
	fputc('"', out);
}

static void put_json_text(const char *text, FILE *out)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if ((unsigned char)*text < 0x20)
			fprintf(out, "\\u%04x", (unsigned char)*text);
		else
			fputc(*text, out);
	}
	fputc('"', out);
}

/* Returns true for a number in the grammar of JSON. strtod() accepts more forms. */
static bool is_json_number(const char *text)
{
	char *end;
	const double value = strtod(text, &end);
	const char *digits = text + (*text == '-');

	return *text && *end == '\0' && isfinite(value) && *digits >= '0' && *digits <= '9' &&
	       !(digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9') && !strpbrk(text, "xX") && end[-1] != '.';
}

static void put_json_cell(const struct table_column *column, const char *text, FILE *out)
{
	if (column->number && (*text == '\0' || strcmp(text, "-") == 0))
		fputs("null", out);
	else if (column->number && is_json_number(text))
		fputs(text, out);
	else
		put_json_text(text, out);
}

/* An unescaped bar ends a cell, and a line end ends a row. */
static void put_markdown_cell(const char *text, FILE *out)
{
	for (; *text; text++) {
		if (*text == '|')
			fputc('\\', out);
		fputc(*text == '\n' || *text == '\r' ? ' ' : *text, out);
	}
}

static void put_latex_cell(const char *text, FILE *out)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
		case '%':
		case '$':
		case '#':
		case '_':
		case '{':
		case '}':
			fprintf(out, "\\%c", *text);
			break;
		case '\\':
			fputs("\\textbackslash{}", out);
			break;
		case '~':
			fputs("\\textasciitilde{}", out);
			break;
		case '^':
			fputs("\\textasciicircum{}", out);
			break;
		case '<':
		case '>':
		case '|':
			fprintf(out, "$%s$", *text == '|' ? "\\mid" : *text == '<' ? "<" : ">");
			break;
		default:
			fputc(*text, out);
		}
	}
}

/* Writes a row without its line end, with the separators of the format. */
static void put_row(const struct table_writer *w, const char *const *cells)
{
	for (size_t i = 0; i < w->column_count; i++) {
		switch (w->format) {
		case TABLE_CSV:
			fputs(i ? "," : "", w->out);
			put_csv_cell(cells[i], w->out);
			break;
		case TABLE_JSON:
			fputs(i ? ", " : "{", w->out);
			put_json_text(w->columns[i].name, w->out);
			fputs(": ", w->out);
			put_json_cell(&w->columns[i], cells[i], w->out);
			fputs(i + 1 == w->column_count ? "}" : "", w->out);
			break;
		case TABLE_MARKDOWN:
			fputs(i ? " | " : "| ", w->out);
			put_markdown_cell(cells[i], w->out);
			fputs(i + 1 == w->column_count ? " |" : "", w->out);
			break;
		default:
			fputs(i ? " & " : "", w->out);
			put_latex_cell(cells[i], w->out);
			fputs(i + 1 == w->column_count ? " \\\\" : "", w->out);
		}
	}
}

static void put_names(const struct table_writer *w)
{
	const char **names = calloc(w->column_count + 1, sizeof(*names));

	for (size_t i = 0; names && i < w->column_count; i++)
		names[i] = w->columns[i].name;
	if (names)
		put_row(w, names);
	fputc('\n', w->out);
	free(names);
}

void table_writer__begin(struct table_writer *w, enum table_format format, const struct table_column *columns,
			 size_t column_count, FILE *out)
{
	*w = (struct table_writer){.format = format, .columns = columns, .column_count = column_count, .out = out};
	switch (format) {
	case TABLE_CSV:
		put_names(w);
		break;
	case TABLE_JSON:
		fputc('[', out);
		break;
	case TABLE_MARKDOWN:
		put_names(w);
		for (size_t i = 0; i < column_count; i++)
			fprintf(out, "%s%s", i ? " | " : "| ", columns[i].number ? "---:" : "---");
		fputs(" |\n", out);
		break;
	default:
		fputs("\\begin{tabular}{", out);
		for (size_t i = 0; i < column_count; i++)
			fputc(columns[i].number ? 'r' : 'l', out);
		fputs("}\n\\hline\n", out);
		put_names(w);
		fputs("\\hline\n", out);
	}
}

void table_writer__row(struct table_writer *w, const char *const *cells)
{
	if (w->format == TABLE_JSON)
		fputs(w->rows ? ",\n " : "\n ", w->out);
	put_row(w, cells);
	if (w->format != TABLE_JSON)
		fputc('\n', w->out);
	w->rows++;
}

void table_writer__end(struct table_writer *w)
{
	if (w->format == TABLE_JSON)
		fputs("\n]\n", w->out);
	else if (w->format == TABLE_LATEX)
		fputs("\\hline\n\\end{tabular}\n", w->out);
}

void table__write(const struct table *t, enum table_format format, FILE *out)
{
	struct table_writer writer;

	table_writer__begin(&writer, format, t->columns, t->column_count, out);
	for (size_t row = 0; row + t->column_count <= t->cell_count; row += t->column_count)
		table_writer__row(&writer, (const char *const *)&t->cells[row]);
	table_writer__end(&writer);
}
