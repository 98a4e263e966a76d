/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables of results in every form that a command writes: aligned text for a terminal, and CSV, JSON, Markdown and LaTeX for files, by
 * the options --csv, --json, --markdown and --latex, which mean the same in every command.
 */
#ifndef NB_L0_TABLE_FILE_H
#define NB_L0_TABLE_FILE_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum table_format { TABLE_CSV, TABLE_JSON, TABLE_MARKDOWN, TABLE_LATEX, TABLE_FORMATS };

struct table_column {
	const char *name; /* the heading, and the key in JSON */
	bool number;      /* stands right; in JSON a number, and null where the cell is "" or "-" */
};

/* Cells are added row by row. A table without rows is a table, too. */
struct table {
	const struct table_column *columns;
	size_t column_count;
	char **cells; /* allocated, row by row */
	size_t cell_count;
};

/* The columns must live as long as the table does. */
void table__begin(struct table *table, const struct table_column *columns, size_t column_count);

/* The next cell of the present row; the first one begins a row. */
void table__add(struct table *table, const char *text);
void table__addf(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for a number: so many decimals, or "" for what was not measured (NAN). */
void table__add_number(struct table *table, double value, int decimals);

void table__free(struct table *table);

/* Aligned text, as a terminal shows it: no blanks at the end of a line. */
void table__print(const struct table *table, FILE *out);

/* All of the table in that form. JSON is an array with an object for each row. */
void table__write(const struct table *table, enum table_format format, FILE *out);

/*
 * A table that is written row by row, for one that goes on while it is read: begin, rows, end. cells: as many as there are columns.
 */
struct table_writer {
	enum table_format format;
	const struct table_column *columns;
	size_t column_count, rows;
	FILE *out;
};

void table_writer__begin(struct table_writer *writer, enum table_format format, const struct table_column *columns,
			 size_t column_count, FILE *out);
void table_writer__row(struct table_writer *writer, const char *const *cells);
void table_writer__end(struct table_writer *writer);

/* Where the options want the table: NULL where one is not given, "-" for standard output. */
struct table_files {
	const char *path[TABLE_FORMATS];
};

/* The four options. As a child of a command's argp its input is a struct table_files. */
extern const struct argp table_files_argp;
#define TABLE_FILES_HEADER "Files that get the result (- is standard output, where nothing else is printed then):"

/*
 * Checks that each file can be created, before a measurement starts. False after one line. Files in new_folder are not
 * checked: it is made later (NULL: there is none).
 */
bool table_files__can_be_written(const struct table_files *files, const char *new_folder);

/* False, after one line, if a file to be written belongs to the result that the command reads: a folder or a results.json. */
bool table_files__spare(const struct table_files *files, const char *result);

/* Does standard output belong to one of these files? Then a command does not print its own text there. */
bool table_files__take_stdout(const struct table_files *files);

/* Writes the table to each file that is asked for. False after one line for the first that could not be written. */
bool table_files__write(const struct table_files *files, const struct table *table);

/*
 * The same for one form whose text is not that of a table (results.json with every sample): put() writes it to out, and returns false if
 * it could not be made. True if that form is not asked for.
 */
bool table_files__put(const struct table_files *files, enum table_format format, bool (*put)(FILE *out, void *data),
		      void *data);

/* Files without one form, which table_files__put() has written. */
struct table_files table_files__without(const struct table_files *files, enum table_format format);

#endif
