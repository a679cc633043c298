// SPDX-License-Identifier: GPL-2.0-or-later
/* What an INF file does for one device: models, install section, service, registry, files. */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/driver.h"
#include "lib/driver_values.h"

static void clear_values(struct driver_values *values)
{
	for (size_t i = 0; i < values->n; i++) {
		free(values->v[i].subkey);
		free(values->v[i].name);
		free(values->v[i].data);
	}
	free(values->v);
}

void driver_clear(struct driver *d)
{
	char *texts[] = { d->inf, d->name, d->source, d->class_name, d->class_guid, d->version,
			  d->catalog, d->for_system, d->service, d->group, d->binary };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		free(texts[i]);
	strv_clear(&d->ids);
	strv_clear(&d->files);
	clear_values(&d->service_values);
	clear_values(&d->device_values);
	*d = (struct driver)DRIVER_INIT;
}

/* "NTamd64.6.1.1..14393": architecture, major, minor, product type, suite mask, build */
uint64_t inf_decoration(const char *text, const struct driver_system *who)
{
	enum { FIELDS = 6 };
	uint64_t n[FIELDS] = { 0 };
	size_t arch_len, field = 0;

	if (strncasecmp(text, "NT", 2) != 0)
		return 0;
	text += 2;
	arch_len = strcspn(text, ".");
	if (arch_len && (strncasecmp(text, who->arch, arch_len) != 0 || who->arch[arch_len]))
		return 0;
	if (!arch_len && strcmp(who->arch, "x86") != 0)
		return 0;
	for (text += arch_len; *text == '.' && ++field < FIELDS;) {
		char *end = NULL;
		const char *digits = ++text;
		int base = digits[0] == '0' && (digits[1] | 0x20) == 'x' ? 16 : 10;

		n[field] = isdigit((unsigned char)*digits) ? strtoul(digits, &end, base) : 0;
		text = end && end > digits ? end : digits;
	}
	if (*text || n[1] > who->major || (n[1] == who->major && n[2] > who->minor) ||
	    (n[3] && (n[3] == 1) == who->server) || n[5] > who->build)
		return 0;
	return 1 + (arch_len ? 1 : 0) + ((n[5] & 0xfffff) << 4) + ((n[2] & 0xff) << 28) +
	       ((n[1] & 0xff) << 36);
}

/* "PCI\VEN_1AF4&DEV_1001&SUBSYS_…" is the device "PCI\VEN_1AF4&DEV_1001". */
static bool is_id(const char *id, const char *const *ids)
{
	for (size_t i = 0; ids[i]; i++) {
		size_t len = strlen(ids[i]);

		if (strncasecmp(id, ids[i], len) == 0 && (!id[len] || id[len] == '&'))
			return true;
	}
	return false;
}

bool driver_is_for(const struct driver *d, const char *const *ids)
{
	for (size_t i = 0; i < d->ids.n; i++)
		if (is_id(d->ids.v[i], ids))
			return true;
	return false;
}

/* The models that a line of [Manufacturer] has for this system. */
static char *models_of(const struct inf_line *line, const struct driver_system *who)
{
	uint64_t best = 0;
	const char *decoration = NULL;

	for (size_t i = 1; i < line->fields.n; i++) {
		uint64_t rank = inf_decoration(inf_field(line, i), who);

		if (rank > best) {
			best = rank;
			decoration = inf_field(line, i);
		}
	}
	if (decoration)
		return xasprintf("%s.%s", inf_field(line, 0), decoration);
	/* without decoration it is for 32 bit; for all that came before, if there are any */
	if (strcmp(who->arch, "x86") != 0 || !line->fields.n)
		return NULL;
	return xstrdup(inf_field(line, 0));
}

/* Every line of the models that is for one of @ids; the first's install section counts. */
static const struct inf_line *find_model(const struct inf *inf, const struct driver_system *who,
					 const char *const *ids, struct strv *all)
{
	const struct inf_section *makers = inf_section(inf, "Manufacturer");
	const struct inf_line *found = NULL;

	for (size_t i = 0; makers && i < makers->n_lines; i++) {
		CLEANUP_FREE char *name = models_of(&makers->lines[i], who);
		const struct inf_section *models = name ? inf_section(inf, name) : NULL;

		for (size_t j = 0; models && j < models->n_lines; j++) {
			const struct inf_line *m = &models->lines[j];
			bool same = found && strcasecmp(inf_field(found, 0), inf_field(m, 0)) == 0;

			for (size_t k = 1; k < m->fields.n; k++) {
				if (!is_id(m->fields.v[k], ids))
					continue;
				if (!found) {
					found = m;
					same = true;
				}
				if (same && all && all->n < 256 && !strv_has(all, m->fields.v[k]))
					strv_add(all, m->fields.v[k]);
			}
		}
	}
	return found;
}

bool inf_serves(const struct inf *inf, const struct driver_system *who, const char *const *ids)
{
	return find_model(inf, who, ids, NULL) != NULL;
}

/* "Install.NTamd64" before "Install.NT" before "Install". */
static char *install_section(const struct inf *inf, const char *name,
			     const struct driver_system *who)
{
	size_t len = strlen(name);
	const char *best = NULL;
	uint64_t best_rank = 0;

	for (size_t i = 0; i < inf->n_sections; i++) {
		const char *s = inf->sections[i].name;
		CLEANUP_FREE char *decoration = NULL;
		const char *tail = s + len + 1;
		uint64_t rank;

		if (strncasecmp(s, name, len) != 0 || s[len] != '.')
			continue;
		/* "Install.NT.Services" is another section, as is "Install.NTx86.5.1.HW" */
		decoration = xstrndup(tail, strcspn(tail, " "));
		rank = strcasecmp(decoration, "NT") == 0 ? 1 : 1 + inf_decoration(decoration, who);
		if (rank == 1 && strcasecmp(decoration, "NT") != 0)
			continue;
		if (rank > best_rank) {
			best_rank = rank;
			best = s;
		}
	}
	return xstrdup(best ? best : name);
}

static int check_name(const char *file, struct error *err)
{
	if (!*file || strchr(file, '/') || strchr(file, '\\') || strchr(file, ':') ||
	    strcmp(file, "..") == 0 || strcmp(file, ".") == 0)
		return error_set(err, ERR_REFUSED, "it names '%s', which is not a file of its folder",
				 file);
	return 0;
}

/* A folder of the source: "amd64", ".\x64", never out of it. */
static int check_folder(const char *folder, struct error *err)
{
	struct strv steps CLEANUP_STRV = STRV_INIT;

	strv_split(&steps, folder, "\\/");
	if (strv_has(&steps, "..") || strchr(folder, ':'))
		return error_set(err, ERR_REFUSED, "it names the folder '%s', which is not inside its "
				 "own", folder);
	return 0;
}

/* Where [SourceDisksFiles] says that a file lies, relative to the INF. */
static int source_path(const struct inf *inf, const char *file, const struct driver_system *who,
		       char **ret, struct error *err)
{
	CLEANUP_FREE char *files = xasprintf("SourceDisksFiles.%s", who->arch);
	CLEANUP_FREE char *disks = xasprintf("SourceDisksNames.%s", who->arch);
	const struct inf_line *line = inf_line(inf, files, file), *disk;
	struct strv steps CLEANUP_STRV = STRV_INIT, kept CLEANUP_STRV = STRV_INIT;

	if (!line)
		line = inf_line(inf, "SourceDisksFiles", file);
	disk = line ? inf_line(inf, disks, inf_field(line, 0)) : NULL;
	if (line && !disk)
		disk = inf_line(inf, "SourceDisksNames", inf_field(line, 0));
	if (check_folder(inf_field(disk, 3), err) < 0 || check_folder(inf_field(line, 1), err) < 0)
		return -1;
	strv_split(&steps, inf_field(disk, 3), "\\/");
	strv_split(&steps, inf_field(line, 1), "\\/");
	for (size_t i = 0; i < steps.n; i++)
		if (strcmp(steps.v[i], ".") != 0)
			strv_add(&kept, steps.v[i]);
	strv_add(&kept, file);
	*ret = strv_join(&kept, "/");
	return 0;
}

char *driver_beside(const char *inf, const char *name)
{
	CLEANUP_FREE char *dir = path_dirname(inf);

	return path_join(dir, name);
}

static int take_file(const struct inf *inf, const char *file, const struct driver_system *who,
		     struct driver *d, struct error *err)
{
	CLEANUP_FREE char *relative = NULL, *path = NULL;

	if (check_name(file, err) < 0 || source_path(inf, file, who, &relative, err) < 0)
		return -1;
	path = driver_beside(d->inf, relative);
	if (!strv_has(&d->files, path))
		strv_add(&d->files, path);
	return 0;
}

/* CopyFiles=@file,section,…; a line of such a section is target[,source[,…]]. */
static int take_copied(const struct inf *inf, const char *section, const struct driver_system *who,
		       struct driver *d, struct error *err)
{
	enum { FILES_MAX = 256 };
	const struct inf_section *s = inf_section(inf, section);

	for (size_t i = 0; s && i < s->n_lines; i++) {
		const struct inf_line *copy = &s->lines[i];

		if (!copy->key || strcasecmp(copy->key, "CopyFiles") != 0)
			continue;
		for (size_t j = 0; j < copy->fields.n; j++) {
			const char *name = copy->fields.v[j];
			const struct inf_section *list = inf_section(inf, name);

			if (name[0] == '@' && take_file(inf, name + 1, who, d, err) < 0)
				return -1;
			for (size_t k = 0; name[0] != '@' && list && k < list->n_lines; k++) {
				const struct inf_line *f = &list->lines[k];
				const char *from = *inf_field(f, 1) ? inf_field(f, 1) : inf_field(f, 0);

				if (d->files.n > FILES_MAX)
					return error_set(err, ERR_FORMAT, "too many files");
				if (*from && take_file(inf, from, who, d, err) < 0)
					return -1;
			}
		}
	}
	return 0;
}

/* AddService=name,flags,section: the one with flag 2 drives the device. */
static const struct inf_line *service_line(const struct inf *inf, const char *install)
{
	CLEANUP_FREE char *name = xasprintf("%s.Services", install);
	const struct inf_section *s = inf_section(inf, name);
	const struct inf_line *found = NULL;

	for (size_t i = 0; s && i < s->n_lines; i++) {
		const struct inf_line *line = &s->lines[i];
		uint32_t flags = 0;

		if (!line->key || strcasecmp(line->key, "AddService") != 0 || !*inf_field(line, 0))
			continue;
		inf_number(inf_field(line, 1), &flags, NULL);
		if (!found || flags & 2)
			found = line;
	}
	return found;
}

static int take_service(const struct inf *inf, const char *install, struct driver *d,
			struct error *err)
{
	const struct inf_line *line = service_line(inf, install);
	const char *section = inf_field(line, 2), *binary, *slash, *group;

	if (!line)
		return 0;
	d->service = xstrdup(inf_field(line, 0));
	if (check_name(d->service, err) < 0)
		return -1;
	binary = inf_value(inf, section, "ServiceBinary");
	slash = binary ? strrchr(binary, '\\') : NULL;
	if (slash) {
		d->binary = xstrdup(slash + 1);
		if (check_name(d->binary, err) < 0)
			return -1;
	}
	group = inf_value(inf, section, "LoadOrderGroup");
	d->group = group && *group ? xstrdup(group) : NULL;
	d->type = 1;
	d->start = 3;
	d->error = 1;
	if (inf_number(inf_field(inf_line(inf, section, "ServiceType"), 0), &d->type, err) < 0 ||
	    inf_number(inf_field(inf_line(inf, section, "StartType"), 0), &d->start, err) < 0 ||
	    inf_number(inf_field(inf_line(inf, section, "ErrorControl"), 0), &d->error, err) < 0)
		return -1;
	return inf_take_values(inf, section, &d->service_values, err);
}

static char *copy_value(const struct inf *inf, const char *section, const char *key)
{
	const char *value = inf_value(inf, section, key);

	return value && *value ? xstrdup(value) : NULL;
}

static int take_version(const struct inf *inf, const struct driver_system *who, struct driver *d,
			struct error *err)
{
	CLEANUP_FREE char *exact = xasprintf("CatalogFile.NT%s", who->arch);
	const struct inf_line *ver = inf_line(inf, "Version", "DriverVer");

	d->class_name = copy_value(inf, "Version", "Class");
	d->class_guid = copy_value(inf, "Version", "ClassGuid");
	d->version = ver ? xasprintf("%s %s", inf_field(ver, 0), inf_field(ver, 1)) : NULL;
	d->catalog = copy_value(inf, "Version", exact);
	if (!d->catalog)
		d->catalog = copy_value(inf, "Version", "CatalogFile.NT");
	if (!d->catalog)
		d->catalog = copy_value(inf, "Version", "CatalogFile");
	return d->catalog ? check_name(d->catalog, err) : 0;
}

static int take_all(const struct inf *inf, const struct inf_line *model,
		    const struct driver_system *who, struct driver *d, struct error *err)
{
	CLEANUP_FREE char *install = install_section(inf, inf_field(model, 0), who);
	CLEANUP_FREE char *hardware = xasprintf("%s.HW", install);

	if (take_version(inf, who, d, err) < 0 || take_service(inf, install, d, err) < 0 ||
	    inf_take_values(inf, hardware, &d->device_values, err) < 0 ||
	    take_copied(inf, install, who, d, err) < 0)
		return error_wrap(err, "driver '%s'", d->inf);
	return 1;
}

int driver_from_inf(const struct inf *inf, const char *path, const struct driver_system *who,
		    const char *const *ids, struct driver *ret, struct error *err)
{
	struct driver d CLEANUP_DRIVER = DRIVER_INIT;
	const struct inf_line *model = find_model(inf, who, ids, &d.ids);

	if (!model)
		return 0;
	d.inf = xstrdup(path);
	d.name = path_basename(path);
	if (take_all(inf, model, who, &d, err) < 0)
		return -1;
	*ret = d;
	d = (struct driver)DRIVER_INIT;
	return 1;
}
