// SPDX-License-Identifier: GPL-2.0-or-later
/* What a user offers as drivers: an ISO image or archive, read once through libarchive, or a folder. */
#include "config.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/path.h"
#include "lib/driver.h"

void driver_set_clear(struct driver_set *set)
{
	for (size_t i = 0; i < set->n_infs; i++)
		inf_clear(&set->infs[i].inf);
	for (size_t i = 0; i < set->n_files; i++) {
		free(set->files[i].path);
		free(set->files[i].data);
	}
	free(set->infs);
	free(set->files);
	strv_clear(&set->sources);
	report_clear(&set->findings);
	*set = (struct driver_set)DRIVER_SET_INIT;
}

const struct driver_file *driver_set_file(const struct driver_set *set, size_t source,
					  const char *path)
{
	for (size_t i = 0; i < set->n_files; i++)
		if (set->files[i].source == source && strcasecmp(set->files[i].path, path) == 0)
			return &set->files[i];
	return NULL;
}

/* What drivers are made of; symbols for debuggers and installers are not. */
static bool is_wanted(const char *name)
{
	static const char *const kinds[] = { ".inf", ".sys", ".cat", ".dll", ".exe", ".bin" };
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < ARRAY_SIZE(kinds); i++)
		if (strcasecmp(dot, kinds[i]) == 0)
			return true;
	return false;
}

bool driver_path_is_for(const char *name, const char *arch)
{
	static const char *const others[][4] = {
		{ "x86", "i386", NULL }, { "amd64", "x64", NULL }, { "arm64", "arm", NULL },
		{ "ia64", NULL },
	};
	struct strv steps CLEANUP_STRV = STRV_INIT;

	if (!arch)
		return true;
	strv_split(&steps, name, "/");
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		for (size_t j = 0; others[i][j] && strcmp(others[i][0], arch) != 0; j++)
			for (size_t k = 0; k + 1 < steps.n; k++)
				if (strcasecmp(steps.v[k], others[i][j]) == 0)
					return false;
	return true;
}

/* "./a/b" and "a/b" as "/a/b"; NULL if the name tries to leave. */
static char *name_in_set(const char *name)
{
	struct strv steps CLEANUP_STRV = STRV_INIT, kept CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *path = NULL;

	strv_split(&steps, name, "/\\");
	for (size_t i = 0; i < steps.n; i++) {
		if (strcmp(steps.v[i], "..") == 0)
			return NULL;
		if (strcmp(steps.v[i], ".") != 0)
			strv_add(&kept, steps.v[i]);
	}
	if (!kept.n)
		return NULL;
	path = strv_join(&kept, "/");
	return xasprintf("/%s", path);
}

static int fail(struct archive *a, const char *path, struct error *err)
{
	const char *text = archive_error_string(a);

	error_set(err, ERR_FORMAT, "read drivers from '%s': %s", path, text ? text : "damaged");
	return error_hint(err, "offer the virtio-win ISO image, or a folder with INF files");
}

static int take_data(struct driver_set *set, struct archive *a, char *path, size_t size,
		     const char *from, struct error *err)
{
	CLEANUP_FREE char *owned = path, *data = NULL;
	size_t got = 0;

	if (set->total + size > DRIVER_SET_MAX || set->n_files >= DRIVER_FILES_MAX) {
		error_set(err, ERR_FORMAT, "there are too many drivers in '%s'", from);
		return error_hint(err, "offer a folder with only those for this system");
	}
	data = xmalloc(size + 1);
	while (got < size) {
		la_ssize_t n = archive_read_data(a, data + got, size - got);

		if (n < 0)
			return fail(a, from, err);
		if (n == 0)
			break;
		got += (size_t)n;
	}
	data[got] = '\0';
	set->total += got;
	*APPEND(set->files, set->n_files) = (struct driver_file){
		STEAL(owned), set->sources.n - 1, STEAL(data), got };
	return 0;
}

/* A name for the same bytes: images hold each driver under several. */
static void take_link(struct driver_set *set, char *path, const char *target)
{
	CLEANUP_FREE char *owned = path, *first = name_in_set(target);

	for (size_t i = 0; first && i < set->n_files; i++) {
		struct driver_file f = set->files[i];

		if (f.source != set->sources.n - 1 || strcmp(f.path, first) != 0 ||
		    set->total + f.len > DRIVER_SET_MAX)
			continue;
		f.path = STEAL(owned);
		f.data = xmemdup(f.data, f.len);
		set->total += f.len;
		*APPEND(set->files, set->n_files) = f;
		return;
	}
}

static int take_entry(struct driver_set *set, struct archive *a, struct archive_entry *e,
		      const char *name, const char *from, struct error *err)
{
	const char *hard = archive_entry_hardlink(e);
	int64_t size = archive_entry_size(e);
	CLEANUP_FREE char *path = name ? name_in_set(name) : NULL;

	if (!path || archive_entry_filetype(e) == AE_IFDIR || !is_wanted(path))
		return 0;
	if (hard) {
		take_link(set, STEAL(path), hard);
		return 0;
	}
	if (archive_entry_filetype(e) != AE_IFREG || size < 0 || size > DRIVER_FILE_MAX)
		return 0;
	return take_data(set, a, STEAL(path), (size_t)size, from, err);
}

static void close_archive(struct archive **a)
{
	archive_read_free(*a);
}
#define CLEANUP_ARCHIVE __attribute__((cleanup(close_archive)))

static int read_archive(struct driver_set *set, const char *path, struct error *err)
{
	struct archive *a CLEANUP_ARCHIVE = archive_read_new();
	struct archive_entry *e = NULL;
	int rc;

	archive_read_support_format_iso9660(a);
	archive_read_support_format_zip(a);
	archive_read_support_format_tar(a);
	archive_read_support_format_cab(a);
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_xz(a);
	if (archive_read_open_filename(a, path, 1 << 18) != ARCHIVE_OK)
		return fail(a, path, err);
	while ((rc = archive_read_next_header(a, &e)) != ARCHIVE_EOF) {
		if (interrupt_check(err) < 0)
			return -1;
		if (rc < ARCHIVE_WARN)
			return fail(a, path, err);
		if (take_entry(set, a, e, archive_entry_pathname(e), path, err) < 0)
			return -1;
	}
	return 0;
}

static int read_folder(struct driver_set *set, const char *path, struct error *err)
{
	struct archive *a CLEANUP_ARCHIVE = archive_read_disk_new();
	struct archive_entry *e = NULL;
	int rc;

	archive_read_disk_set_symlink_logical(a);
	if (archive_read_disk_open(a, path) != ARCHIVE_OK)
		return fail(a, path, err);
	while ((rc = archive_read_next_header(a, &e)) != ARCHIVE_EOF) {
		if (interrupt_check(err) < 0)
			return -1;
		if (rc < ARCHIVE_WARN)
			return fail(a, path, err);
		if (take_entry(set, a, e, archive_entry_pathname(e) + strlen(path), path, err) < 0)
			return -1;
		archive_read_disk_descend(a);
	}
	return 0;
}

/* When all names are known: the bytes of a file are with its first, which may be for another processor. */
static void drop_others(struct driver_set *set, size_t source, const char *arch)
{
	size_t kept = 0;

	for (size_t i = 0; i < set->n_files; i++) {
		struct driver_file f = set->files[i];

		if (f.source != source || driver_path_is_for(f.path, arch)) {
			set->files[kept++] = f;
			continue;
		}
		set->total -= f.len;
		free(f.path);
		free(f.data);
	}
	set->n_files = kept;
}

static int compare_files(const void *a, const void *b)
{
	return strcmp(((const struct driver_file *)a)->path, ((const struct driver_file *)b)->path);
}

/* Files in order, and INF files known by their ending; those of earlier sources keep their places. */
static void arrange(struct driver_set *set, size_t source)
{
	size_t first = 0;

	while (first < set->n_files && set->files[first].source != source)
		first++;
	for (size_t i = first; i < set->n_files; i++) {
		char *dot = strrchr(set->files[i].path, '.');

		if (dot && strcasecmp(dot, ".inf") == 0)
			memcpy(dot, ".inf", 4);
	}
	if (first < set->n_files)
		qsort(set->files + first, set->n_files - first, sizeof(*set->files), compare_files);
}

/* One that cannot be read is no reason to do without the others. */
static void parse_new(struct driver_set *set, size_t source)
{
	for (size_t i = 0; i < set->n_files; i++) {
		const struct driver_file *f = &set->files[i];
		struct error odd CLEANUP_ERROR = ERROR_INIT;
		struct inf inf = INF_INIT;

		if (f->source != source || !path_has_suffix(f->path, ".inf"))
			continue;
		if (inf_parse(&inf, f->path, f->data, f->len, &odd) < 0)
			report_add(&set->findings, FINDING_WARNING, f->path, "%s", odd.msg);
		else
			*APPEND(set->infs, set->n_infs) = (struct driver_inf){ i, inf };
	}
}

static bool any_from(const struct driver_set *set, size_t source)
{
	for (size_t i = 0; i < set->n_infs; i++)
		if (set->files[set->infs[i].file].source == source)
			return true;
	return false;
}

int driver_set_add(struct driver_set *set, const char *path, const char *arch, struct error *err)
{
	CLEANUP_FREE char *folder = NULL;
	struct stat st;
	size_t source = set->sources.n;

	if (stat(path, &st) < 0)
		return error_sys(err, errno, "open '%s'", path);
	strv_add(&set->sources, path);
	if (S_ISREG(st.st_mode) && path_has_suffix(path, ".inf"))
		folder = path_dirname(path);
	if (folder || S_ISDIR(st.st_mode) ? read_folder(set, folder ? folder : path, err) < 0
					  : read_archive(set, path, err) < 0)
		return -1;
	drop_others(set, source, arch);
	arrange(set, source);
	parse_new(set, source);
	if (any_from(set, source))
		return 0;
	error_set(err, ERR_FORMAT, "there is no driver in '%s'", path);
	return error_hint(err, "offer the virtio-win ISO image, or a folder with INF files");
}
