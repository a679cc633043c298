// SPDX-License-Identifier: GPL-2.0-or-later
/* INF files, programs and hives of Windows: what is read from them, and what is refused. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "lib/driver.h"
#include "lib/hive.h"
#include "lib/utf16.h"
#include "tests/unit/test.h"

static const char disk_inf[] =
	"; a comment\r\n"
	"[version]\r\nSignature=\"$Windows NT$\" ; \"quoted\" ; and more\r\nClass=SCSIAdapter\r\n"
	"ClassGuid={4D36E97B-E325-11CE-BFC1-08002BE10318}\r\nDriverVer=07/22/2024,1.2.3.4\r\n"
	"CatalogFile=plain.cat\r\nCatalogFile.NTamd64=d64.cat\r\n"
	"[SourceDisksNames]\r\n1=\"Disk\",,,.\\sub\r\n[SourceDisksFiles]\r\nd.sys=1\r\n"
	"[Manufacturer]\r\n%M%=Mod , NTx86.5.1, NTamd64.6.1, \\\r\n   NTamd64.10.0...16299\r\n"
	"[Mod]\r\n%D%=old,PCI\\VEN_1AF4&DEV_1001\r\n"
	"[Mod.NTx86.5.1]\r\n%D%=xp,PCI\\VEN_1AF4&DEV_1001&SUBSYS_00021AF4&REV_00\r\n"
	"[Mod.NTamd64.6.1]\r\n%D%=seven,PCI\\VEN_1AF4&DEV_1001\r\n"
	"[Mod.NTamd64.10.0...16299]\r\n%D%=ten,PCI\\VEN_1AF4&DEV_1001, PCI\\VEN_1AF4&DEV_1042\r\n"
	"[seven]\r\nCopyFiles=@d.sys\r\n[seven.Services]\r\nAddService=d,2,svc\r\n"
	"[ten.NT]\r\nCopyFiles=list\r\n[list]\r\nd.sys,,,\r\n"
	"[ten.NT.Services]\r\nAddService=,2\r\nAddService=filter,0,svc\r\nAddService=d,0x2,svc\r\n"
	"[ten.NT.HW]\r\nAddReg=hw\r\n[hw]\r\nHKR,a\\b,\"c\"\"d\",0x00010001,0xffffffff\r\n"
	"HKR,,list,0x00010000,one,two\r\nHKR,,bytes,1,01,ff\r\nHKLM,x,y,,z\r\n"
	"[svc]\r\nServiceType=1\r\nStartType=0\r\nErrorControl=3\r\nServiceBinary=%12%\\d.sys\r\n"
	"LoadOrderGroup=%G%\r\nAddReg=params\r\n[params]\r\nHKR,Parameters,BusType,%DW%,1\r\n"
	"[Strings]\r\nM=\"Maker, of %things%\"\r\nD=\"Disk\"\r\nG=\"SCSI miniport\"\r\nDW=0x00010001\r\n";

static const char *const blk[] = { "PCI\\VEN_1AF4&DEV_1001", "PCI\\VEN_1AF4&DEV_1042", NULL };

static void parse(struct inf *inf, const void *data, size_t len)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;

	assert_int_equal(0, inf_parse(inf, "d.inf", data, len, &err));
}

static void test_inf_text(void **state)
{
	struct inf inf CLEANUP_INF = INF_INIT;

	(void)state;
	parse(&inf, disk_inf, strlen(disk_inf));
	assert_string_equal("$Windows NT$", inf_value(&inf, "VERSION", "signature"));
	assert_string_equal("SCSI miniport", inf_value(&inf, "svc", "LoadOrderGroup"));
	assert_string_equal("%12%\\d.sys", inf_value(&inf, "svc", "ServiceBinary"));
	assert_int_equal(4, inf_line(&inf, "Manufacturer", "%M%")->fields.n);
	assert_string_equal("NTamd64.10.0...16299",
			    inf_field(inf_line(&inf, "Manufacturer", "%M%"), 3));
	assert_null(inf_value(&inf, "svc", "nothing"));
}

/* The same text in each of the three forms. */
static void test_inf_characters(void **state)
{
	static const char ansi[] = "[Strings]\na=\"Pr\xfc" "fstand\"\n[v]\nx=%a%\n";
	static const char utf8[] = "\xef\xbb\xbf[Strings]\na=\"Pr\xc3\xbc" "fstand\"\n[v]\nx=%a%\n";
	struct inf one CLEANUP_INF = INF_INIT, two CLEANUP_INF = INF_INIT, three CLEANUP_INF = INF_INIT;
	size_t len;
	CLEANUP_FREE char *wide = utf16_from_utf8(utf8, &len);

	(void)state;
	parse(&one, ansi, strlen(ansi));
	parse(&two, utf8, strlen(utf8));
	parse(&three, wide, len);
	assert_string_equal("Pr\xc3\xbc" "fstand", inf_value(&one, "v", "x"));
	assert_string_equal(inf_value(&one, "v", "x"), inf_value(&two, "v", "x"));
	assert_string_equal(inf_value(&one, "v", "x"), inf_value(&three, "v", "x"));
}

static void test_decorations(void **state)
{
	const struct driver_system xp = { "x86", 5, 1, 2600, false, false };
	const struct driver_system seven = { "amd64", 6, 1, 7601, false, false };
	const struct driver_system server = { "amd64", 10, 0, 17763, true, true };

	(void)state;
	assert_true(inf_decoration("NTx86", &xp) > 0);
	assert_true(inf_decoration("NT", &xp) > 0);
	assert_true(inf_decoration("NTx86.5.1", &xp) > inf_decoration("NTx86.5.0", &xp));
	assert_int_equal(0, inf_decoration("NTx86.5.2", &xp));
	assert_int_equal(0, inf_decoration("NTamd64", &xp));
	assert_int_equal(0, inf_decoration("NT", &seven));
	assert_int_equal(0, inf_decoration("NTamd64.6.2", &seven));
	assert_true(inf_decoration("NTamd64.6.1", &seven) > inf_decoration("NTamd64", &seven));
	assert_int_equal(0, inf_decoration("NTamd64.10.0...19041", &server));
	assert_true(inf_decoration("NTamd64.10.0...16299", &server) >
		    inf_decoration("NTamd64.10.0", &server));
	assert_int_equal(0, inf_decoration("NTamd64.10.0.1", &server));
	assert_true(inf_decoration("NTamd64.10.0.3", &server) > 0);
	assert_int_equal(0, inf_decoration("NTx64", &server));
}

static void test_driver(void **state)
{
	const struct driver_system ten = { "amd64", 10, 0, 19045, false, true };
	const struct driver_system seven = { "amd64", 6, 1, 7601, false, true };
	const struct driver_system vista = { "amd64", 6, 0, 6002, false, true };
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct inf inf CLEANUP_INF = INF_INIT;
	struct driver d CLEANUP_DRIVER = DRIVER_INIT, old CLEANUP_DRIVER = DRIVER_INIT;
	uint32_t all = 0xffffffff;

	(void)state;
	parse(&inf, disk_inf, strlen(disk_inf));
	assert_int_equal(1, driver_from_inf(&inf, "/x/d.inf", &ten, blk, &d, &err));
	assert_string_equal("d", d.service);
	assert_string_equal("d.sys", d.binary);
	assert_string_equal("SCSI miniport", d.group);
	assert_string_equal("d64.cat", d.catalog);
	assert_int_equal(0, d.start);
	assert_int_equal(3, d.error);
	assert_int_equal(2, d.ids.n);
	assert_int_equal(1, d.files.n);
	assert_string_equal("/x/sub/d.sys", d.files.v[0]);
	assert_int_equal(1, d.service_values.n);
	assert_string_equal("Parameters", d.service_values.v[0].subkey);
	assert_int_equal(REG_DWORD, d.service_values.v[0].type);
	assert_int_equal(3, d.device_values.n);
	assert_string_equal("c\"d", d.device_values.v[0].name);
	assert_memory_equal(&all, d.device_values.v[0].data, 4);
	assert_int_equal(2 * (4 + 4) + 2, d.device_values.v[1].len);
	assert_int_equal(2, d.device_values.v[2].len);
	assert_int_equal(1, driver_from_inf(&inf, "/x/d.inf", &seven, blk, &old, &err));
	assert_int_equal(1, old.ids.n);
	driver_clear(&old);
	assert_int_equal(0, driver_from_inf(&inf, "/x/d.inf", &vista, blk, &old, &err));
}

static void refuse(const char *line, enum error_code code)
{
	const struct driver_system xp = { "x86", 5, 1, 2600, false, false };
	CLEANUP_FREE char *text = xasprintf(
		"[Manufacturer]\nm=M\n[M]\nd=I,PCI\\VEN_1AF4&DEV_1001\n%s\n", line);
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct inf inf CLEANUP_INF = INF_INIT;
	struct driver d CLEANUP_DRIVER = DRIVER_INIT;

	parse(&inf, text, strlen(text));
	assert_fails(driver_from_inf(&inf, "/x.inf", &xp, blk, &d, &err), &err, code);
}

static void test_hostile_inf(void **state)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct inf inf CLEANUP_INF = INF_INIT;
	CLEANUP_FREE char *many = xmalloc(INF_MAX_LINES * 2 + 1);

	(void)state;
	refuse("[I]\nCopyFiles=@..\\..\\x.sys", ERR_REFUSED);
	refuse("[I]\nCopyFiles=@c:x.sys", ERR_REFUSED);
	refuse("[I]\nCopyFiles=@x.sys\n[SourceDisksFiles]\nx.sys=1,..\\..", ERR_REFUSED);
	refuse("[I]\nCopyFiles=@x.sys\n[SourceDisksFiles]\nx.sys=1\n[SourceDisksNames]\n1=,,,\\a\\..\\..\\b",
	       ERR_REFUSED);
	refuse("[I.Services]\nAddService=a\\b,2,S", ERR_REFUSED);
	refuse("[I.Services]\nAddService=s,2,S\n[S]\nStartType=4294967296", ERR_FORMAT);
	refuse("[I.HW]\nAddReg=a\n[a]\nHKR,,v,0x00010001,0x100000000", ERR_FORMAT);
	refuse("[I.HW]\nAddReg=a\n[a]\nHKR,,v,1,1ff", ERR_FORMAT);
	for (size_t i = 0; i < INF_MAX_LINES; i++)
		memcpy(many + 2 * i, "a\n", 2);
	assert_fails(inf_parse(&inf, "x", many, 2 * (size_t)INF_MAX_LINES, &err), &err, ERR_FORMAT);
	assert_fails(inf_parse(&inf, "x", "no section", 10, &err), &err, ERR_FORMAT);
	assert_fails(inf_parse(&inf, "x", "", (size_t)INF_MAX + 1, &err), &err, ERR_FORMAT);
}

static void test_programs(void **state)
{
	uint8_t pe[512] = "MZ";

	(void)state;
	assert_null(pe_arch(pe, sizeof(pe)));
	pe[60] = 0x80;
	memcpy(pe + 0x80, "PE\0\0\x64\x86", 6);
	assert_string_equal("amd64", pe_arch(pe, sizeof(pe)));
	memcpy(pe + 0x84, "\x4c\x01", 2);
	assert_string_equal("x86", pe_arch(pe, sizeof(pe)));
	assert_int_equal(SIGNATURE_NONE, pe_signature(pe, sizeof(pe)));
	pe[60] = 0xff;
	pe[63] = 0xff;
	assert_null(pe_arch(pe, sizeof(pe)));
	assert_int_equal(SIGNATURE_NONE, catalog_signature("\x30\x84\xff\xff\xff\xff", 6));
}

/* A hive of one key, as small as they come; the checks of real ones are in windows.bats. */
static void test_hostile_hives(void **state)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct hive h CLEANUP_HIVE = HIVE_INIT;
	CLEANUP_FREE char *hive = xcalloc(1, 8192);
	bool dirty;

	(void)state;
	assert_fails(hive_state(hive, 8192, &dirty, &err), &err, ERR_FORMAT);
	memcpy(hive, "regf", 4);
	hive[4] = 2;
	hive[8] = 1;
	hive[41] = 0x10;
	assert_int_equal(0, hive_state(hive, 8192, &dirty, &err));
	assert_true(dirty);
	assert_fails(hive_open(&h, "x", hive, 8192, HIVE_READ, &err), &err, ERR_FORMAT);
	hive[43] = 0x7f;
	assert_fails(hive_state(hive, 8192, &dirty, &err), &err, ERR_FORMAT);
	assert_fails(hive_state("regf", 4, &dirty, &err), &err, ERR_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inf_text),
		cmocka_unit_test(test_inf_characters),
		cmocka_unit_test(test_decorations),
		cmocka_unit_test(test_driver),
		cmocka_unit_test(test_hostile_inf),
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_hostile_hives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
