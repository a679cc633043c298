// SPDX-License-Identifier: GPL-2.0-or-later
/* What the hives of a Windows say about it: version, control set, HAL, network cards. */
#include "config.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/driver.h"
#include "lib/windows.h"

#define NT_VERSION "Microsoft\\Windows NT\\CurrentVersion"
#define CLASS_COMPUTER "{4D36E966-E325-11CE-BFC1-08002BE10318}"
#define CLASS_NET "{4D36E972-E325-11CE-BFC1-08002BE10318}"

/* Newest first: the first that is not newer than the system is its name. */
static const struct windows_release releases[] = {
	{ "Windows Server 2025", 10, 0, 26100, true },
	{ "Windows Server 2022", 10, 0, 20348, true },
	{ "Windows Server 2019", 10, 0, 17763, true },
	{ "Windows Server 2016", 10, 0, 0, true },
	{ "Windows 11", 10, 0, 22000, false },
	{ "Windows 10", 10, 0, 0, false },
	{ "Windows Server 2012 R2", 6, 3, 0, true },
	{ "Windows 8.1", 6, 3, 0, false },
	{ "Windows Server 2012", 6, 2, 0, true },
	{ "Windows 8", 6, 2, 0, false },
	{ "Windows Server 2008 R2", 6, 1, 0, true },
	{ "Windows 7", 6, 1, 0, false },
	{ "Windows Server 2008", 6, 0, 0, true },
	{ "Windows Vista", 6, 0, 0, false },
	{ "Windows Server 2003", 5, 2, 0, true },
	{ "Windows XP x64", 5, 2, 0, false },
	{ "Windows XP", 5, 1, 0, false },
	{ "Windows 2000 Server", 5, 0, 0, true },
	{ "Windows 2000", 5, 0, 0, false },
};

const char *windows_release_name(const struct windows *w)
{
	for (size_t i = 0; i < ARRAY_SIZE(releases); i++) {
		const struct windows_release *r = &releases[i];

		if (r->major == w->major && r->minor == w->minor && r->build <= w->build &&
		    r->server == w->server)
			return r->name;
	}
	return "Windows NT";
}

bool windows_is(const struct windows *w, unsigned int major, unsigned int minor)
{
	return w->major > major || (w->major == major && w->minor >= minor);
}

char *windows_key(const struct windows *w, const char *fmt, ...)
{
	CLEANUP_FREE char *tail = NULL;
	va_list ap;

	va_start(ap, fmt);
	tail = xvasprintf(fmt, ap);
	va_end(ap);
	return xasprintf("%s\\%s", w->control_set, tail);
}

bool windows_has_file(const struct windows *w, const char *name)
{
	return strv_has(&w->files, name);
}

static void free_file(struct windows_file *f)
{
	free(f->path);
	free(f->data);
}

void windows_free(struct windows *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->n_nics; i++) {
		struct windows_nic *n = &w->nics[i];
		char *texts[] = { n->guid, n->name, n->device, n->description, n->mac,
				  n->address, n->mask, n->gateway, n->dns };

		for (size_t j = 0; j < ARRAY_SIZE(texts); j++)
			free(texts[j]);
	}
	free(w->nics);
	for (size_t i = 0; i < w->n_disks; i++)
		driver_clear(&w->disks[i]);
	free(w->disks);
	free_file(&w->system);
	free_file(&w->software);
	free_file(&w->bcd);
	strv_clear(&w->files);
	strv_clear(&w->cabinets);
	strv_clear(&w->in_box);
	char *texts[] = { w->dir, w->system32, w->drivers, w->inf_dir, w->system_root, w->product,
			  w->edition, w->service_pack, w->arch, w->control_set, w->hal, w->esp,
			  w->starter };
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		free(texts[i]);
	free(w);
}

/* "5.1" */
static void parse_version(struct windows *w, const char *text)
{
	uint64_t major = 0, minor = 0;
	const char *dot = text ? strchr(text, '.') : NULL;
	CLEANUP_FREE char *first = dot ? xstrndup(text, (size_t)(dot - text)) : NULL;

	if (!dot || parse_u64(first, 0, 99, &major, NULL) < 0 ||
	    parse_u64(dot + 1, 0, 99, &minor, NULL) < 0)
		return;
	w->major = (unsigned int)major;
	w->minor = (unsigned int)minor;
}

/* Is an update installed? Its packages carry its number in their names. */
static bool has_update(const struct hive *software, const char *kb)
{
	struct strv packages CLEANUP_STRV = STRV_INIT;

	hive_keys(software, "Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\Packages",
		  &packages);
	for (size_t i = 0; i < packages.n; i++)
		if (strstr(packages.v[i], kb))
			return true;
	return false;
}

static void read_version(struct windows *w, const struct hive *software)
{
	CLEANUP_FREE char *version = hive_text(software, NT_VERSION, "CurrentVersion");
	CLEANUP_FREE char *build = hive_text(software, NT_VERSION, "CurrentBuildNumber");
	uint64_t n = 0;

	parse_version(w, version);
	w->major = hive_number(software, NT_VERSION, "CurrentMajorVersionNumber", w->major);
	w->minor = hive_number(software, NT_VERSION, "CurrentMinorVersionNumber", w->minor);
	if (build && parse_u64(build, 0, 9999999, &n, NULL) == 0)
		w->build = (unsigned int)n;
	w->product = hive_text(software, NT_VERSION, "ProductName");
	w->edition = hive_text(software, NT_VERSION, "EditionID");
	w->service_pack = hive_text(software, NT_VERSION, "CSDVersion");
	w->system_root = hive_text(software, NT_VERSION, "SystemRoot");
	w->sha2 = windows_is(w, 6, 2) || has_update(software, "KB3033929") ||
		  has_update(software, "KB4474419");
}

static void read_control_set(struct windows *w, const struct hive *system)
{
	CLEANUP_FREE char *type = NULL, *key = NULL, *arch = NULL, *environment = NULL;
	CLEANUP_FREE char *computer = NULL, *zone = NULL, *power = NULL;

	w->current = hive_number(system, "Select", "Current", 0);
	w->control_set = xasprintf("ControlSet%03u", w->current % 1000);
	key = windows_key(w, "Control\\ProductOptions");
	type = hive_text(system, key, "ProductType");
	w->server = type && strcasecmp(type, "WinNT") != 0;
	environment = windows_key(w, "Control\\Session Manager\\Environment");
	arch = hive_text(system, environment, "PROCESSOR_ARCHITECTURE");
	w->arch = xstrdup(!arch ? "" : strcasecmp(arch, "AMD64") == 0 ? "amd64" : arch);
	for (char *c = w->arch; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	computer = windows_key(w, "Control\\Class\\" CLASS_COMPUTER "\\0000");
	w->hal = hive_text(system, computer, "MatchingDeviceId");
	w->database = hive_has(system, "DriverDatabase");
	zone = windows_key(w, "Control\\TimeZoneInformation");
	w->utc = hive_number(system, zone, "RealTimeIsUniversal", 0) != 0;
	power = windows_key(w, "Control\\Session Manager\\Power");
	w->fast_startup = windows_is(w, 6, 2) &&
			  hive_number(system, power, "HiberbootEnabled", 0) != 0;
}

static char *first_of(const struct hive *h, const char *key, const char *value)
{
	struct strv list CLEANUP_STRV = STRV_INIT;

	hive_list(h, key, value, &list);
	return list.n && list.v[0][0] && strcmp(list.v[0], "0.0.0.0") != 0 ? xstrdup(list.v[0])
									   : NULL;
}

/* "000BCD4C0004" or "00-0B-…" as 00:0b:cd:4c:00:04 */
static char *mac_of(const char *text)
{
	char digits[13];
	size_t n = 0;

	for (; text && *text && n < 13; text++) {
		if (isxdigit((unsigned char)*text))
			digits[n++] = (char)tolower((unsigned char)*text);
		else if (*text != '-' && *text != ':')
			return NULL;
	}
	if (n != 12)
		return NULL;
	return xasprintf("%.2s:%.2s:%.2s:%.2s:%.2s:%.2s", digits, digits + 2, digits + 4,
			 digits + 6, digits + 8, digits + 10);
}

/*
 * "PCI bus 1, device 4, function 0" in the language of the system, from Vista on
 * "@System32\\drivers\\pci.sys,#65536;PCI bus %1, device %2, function %3;(1,4,0)".
 */
static void read_place(struct windows_nic *n, const char *text)
{
	const char *c = text ? strrchr(text, '(') : NULL;
	unsigned int numbers[3];
	size_t found = 0;

	for (c = c ? c : text; c && *c && found < 3;) {
		int len = 0;

		if (isdigit((unsigned char)*c) && sscanf(c, "%5u%n", &numbers[found], &len) == 1) {
			found++;
			c += len;
		} else {
			c++;
		}
	}
	n->placed = found == 3;
	if (!n->placed)
		return;
	n->bus = numbers[0];
	n->slot = numbers[1];
	n->function = numbers[2];
}

static void read_nic(struct windows *w, const struct hive *system, const char *class_key)
{
	CLEANUP_FREE char *guid = hive_text(system, class_key, "NetCfgInstanceId");
	CLEANUP_FREE char *settings = NULL, *connection = NULL, *mac = NULL, *device = NULL, *place = NULL;
	struct windows_nic *n;

	if (!guid || strchr(guid, '\\'))
		return;
	settings = windows_key(w, "Services\\Tcpip\\Parameters\\Interfaces\\%s", guid);
	connection = windows_key(w, "Control\\Network\\" CLASS_NET "\\%s\\Connection", guid);
	mac = hive_text(system, class_key, "NetworkAddress");
	/* what has no connection is a tunnel or the like */
	if (!hive_has(system, connection))
		return;
	n = APPEND(w->nics, w->n_nics);
	*n = (struct windows_nic){
		.guid = STEAL(guid),
		.name = hive_text(system, connection, "Name"),
		.device = hive_text(system, connection, "PnpInstanceID"),
		.description = hive_text(system, class_key, "DriverDesc"),
		.mac = mac_of(mac),
	};
	device = windows_key(w, "Enum\\%s", n->device ? n->device : "");
	place = hive_text(system, device, "LocationInformation");
	read_place(n, place);
	if (hive_number(system, settings, "EnableDHCP", 1))
		return;
	n->address = first_of(system, settings, "IPAddress");
	n->mask = first_of(system, settings, "SubnetMask");
	n->gateway = first_of(system, settings, "DefaultGateway");
	n->dns = hive_text(system, settings, "NameServer");
}

static void read_nics(struct windows *w, const struct hive *system)
{
	enum { NICS_MAX = 64 };
	CLEANUP_FREE char *class_key = windows_key(w, "Control\\Class\\" CLASS_NET);
	struct strv cards CLEANUP_STRV = STRV_INIT;

	hive_keys(system, class_key, &cards);
	for (size_t i = 0; i < cards.n && w->n_nics < NICS_MAX; i++) {
		CLEANUP_FREE char *key = xasprintf("%s\\%s", class_key, cards.v[i]);

		read_nic(w, system, key);
	}
}

/* hivex reads a hive without its log: what is only there would be lost without a word. */
static void check_log(const struct windows_file *f, const char *name, struct report *r)
{
	bool dirty = false;

	if (hive_state(f->data, f->len, &dirty, NULL) == 0 && dirty)
		report_remedy(report_add(r, FINDING_ERROR, name,
					 "the hive was not written out: its last changes are in its "
					 "log only"),
			      "start the old PC once more, shut it down properly and capture it again");
}

static void check_version(const struct windows *w, const struct hive *system, struct report *r)
{
	if (!hive_has(system, w->control_set))
		report_add(r, FINDING_ERROR, "SYSTEM", "the control set in use, %s, is not there",
			   w->control_set);
	if (w->major < 5 || w->major > 10)
		report_add(r, FINDING_ERROR, "SOFTWARE",
			   "this is NT %u.%u: only 5.0 (2000) to 10.0 can be converted", w->major,
			   w->minor);
	if (strcmp(w->arch, "x86") != 0 && strcmp(w->arch, "amd64") != 0)
		report_add(r, FINDING_ERROR, "SYSTEM", "its processor is '%s': only x86 and amd64 can "
			   "be converted", w->arch);
}

int windows_read_hives(struct windows *w, struct report *r, struct error *err)
{
	struct hive system CLEANUP_HIVE = HIVE_INIT, software CLEANUP_HIVE = HIVE_INIT;

	check_log(&w->system, "SYSTEM", r);
	check_log(&w->software, "SOFTWARE", r);
	if (hive_open(&system, "SYSTEM", w->system.data, w->system.len, HIVE_READ, err) < 0 ||
	    hive_open(&software, "SOFTWARE", w->software.data, w->software.len, HIVE_READ, err) < 0)
		return -1;
	read_version(w, &software);
	read_control_set(w, &system);
	read_nics(w, &system);
	check_version(w, &system, r);
	return 0;
}
