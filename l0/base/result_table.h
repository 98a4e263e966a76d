/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables of results in every format: aligned text for a terminal, and CSV, JSON, Markdown and LaTeX
 * for files. The options --csv, --json, --markdown and --latex mean the same in every command.
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
	bool number;      /* right-aligned; in JSON a number, and null if the cell is "" or "-" */
};

/* Cells are added row by row. A table may have no rows. */
struct table {
	const struct table_column *columns;
	size_t column_count;
	char **cells; /* allocated, row by row */
	size_t cell_count;
};

/* Starts an empty table. The columns must live as long as the table. */
void table__begin(struct table *table, const struct table_column *columns, size_t column_count);

/*
 * Appends a copy of text as the next cell. A new row begins after column_count cells. Both
 * functions exit with code 1 if there is no memory; table__addf() cuts a text after 4095 bytes.
 */
void table__add(struct table *table, const char *text);
void table__addf(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Appends a number with this many decimals, or "" if the value is not finite (NAN: not measured).
 */
void table__add_number(struct table *table, double value, int decimals);

/* Frees the cells, not the columns. */
void table__free(struct table *table);

/* Prints the table as aligned text for a terminal, without blanks at the end of a line. */
void table__print(const struct table *table, FILE *out);

/* Writes the whole table in this format. JSON is an array with one object for each row. */
void table__write(const struct table *table, enum table_format format, FILE *out);

/*
 * Writes a table row by row, for a table that grows while it is read: call begin, then row for each
 * row, then end. cells has one text for each column.
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

/* The files that the options name: NULL if an option is not given, "-" for standard output. */
struct table_files {
	const char *path[TABLE_FORMATS];
};

/* The four options, as a child of a command's argp. Its input is a struct table_files. */
extern const struct argp table_files_argp;
/*
 * The parser of a command that has these options and no others. Its argp has the one child
 * table_files_argp, and its input is a struct table_files, too.
 */
error_t table_files__parse_alone(int key, char *arg, struct argp_state *state);
#define TABLE_FILES_HEADER "Files that get the result (- is standard output, where nothing else is printed then):"

/*
 * Checks before a measurement that each file can be created. Returns false after one line. Skips
 * files in new_folder (NULL: none), because the run makes that folder later.
 */
bool table_files__can_be_written(const struct table_files *files, const char *new_folder);

/*
 * Returns false, after one line, if an output file belongs to the result that the command reads.
 * result is a folder or a results.json.
 */
bool table_files__spare(const struct table_files *files, const char *result);

/*
 * Returns true if one of the files is standard output. Then the command must not print its own text
 * there.
 */
bool table_files__take_stdout(const struct table_files *files);

/*
 * Writes the table to each file of the options. Returns false, after one line, for the first file
 * that cannot be written.
 */
bool table_files__write(const struct table_files *files, const struct table *table);

/*
 * Writes the file of one format whose text is not a plain table (results.json with every sample).
 * put() writes the text to out, and returns false on failure. Returns true on success or if the
 * option of that format is not given; otherwise false after one line.
 */
bool table_files__put(const struct table_files *files, enum table_format format, bool (*put)(FILE *out, void *data),
		      void *data);

/* Returns the files without one format, which table_files__put() has already written. */
struct table_files table_files__without(const struct table_files *files, enum table_format format);

#endif
