// SPDX-License-Identifier: GPL-2.0-or-later
/* Drivers for devices that are there, and for those that come later; a device started anew. */
#include "firstboot.h"

#include <setupapi.h>

enum { SOURCE_PATH = 1, NO_SUCH_DEVICE = 0xe000020b, FORCE = 1 };

typedef BOOL(WINAPI *update_fn)(HWND, LPCSTR, LPCSTR, DWORD, PBOOL);
typedef BOOL(WINAPI *copy_fn)(PCSTR, PCSTR, DWORD, DWORD, PSTR, DWORD, PDWORD, PSTR *);
typedef BOOL(WINAPI *silent_fn)(BOOL);

static FARPROC find(const char *library, const char *name)
{
	HMODULE m = LoadLibraryA(library);

	return m ? GetProcAddress(m, name) : NULL;
}

/* Nobody is there to answer a question. */
static void be_silent(void)
{
	silent_fn silent = (silent_fn)(void *)find("setupapi.dll", "SetupSetNonInteractiveMode");

	if (silent)
		silent(TRUE);
}

enum result install_driver(const char *inf, const char *id)
{
	static char path[TEXT_MAX], dir[TEXT_MAX];
	update_fn update = (update_fn)(void *)find("newdev.dll", "UpdateDriverForPlugAndPlayDevicesA");
	copy_fn copy = (copy_fn)(void *)find("setupapi.dll", "SetupCopyOEMInfA");
	BOOL again = FALSE;
	DWORD failure;
	int end;

	be_silent();
	join(path, folder, "\\", inf, NULL);
	join(dir, path, NULL);
	for (end = lstrlenA(dir); end && dir[end] != '\\';)
		end--;
	dir[end] = 0;
	if (copy && !copy(path, dir, SOURCE_PATH, 0, NULL, 0, NULL, NULL))
		say("first boot: ", inf, " was not taken: ", number(GetLastError()), NULL);
	if (!update) {
		say("first boot: there is no newdev.dll: ", inf, " waits for plug and play", NULL);
		return DONE;
	}
	if (update(NULL, id, path, 0, &again)) {
		say("first boot: ", inf, " drives ", id, again ? ", after a restart" : "", NULL);
		return DONE;
	}
	failure = GetLastError();
	if (failure == NO_SUCH_DEVICE)
		say("first boot: ", inf, " is ready, there is no ", id, NULL);
	else
		say("first boot: ", inf, " for ", id, " failed: ", number(failure), NULL);
	return DONE;
}

typedef HDEVINFO(WINAPI *class_fn)(const GUID *, PCSTR, HWND, DWORD);
typedef BOOL(WINAPI *enum_fn)(HDEVINFO, DWORD, PSP_DEVINFO_DATA);
typedef HKEY(WINAPI *key_fn)(HDEVINFO, PSP_DEVINFO_DATA, DWORD, DWORD, DWORD, REGSAM);
typedef BOOL(WINAPI *params_fn)(HDEVINFO, PSP_DEVINFO_DATA, PSP_CLASSINSTALL_HEADER, DWORD);
typedef BOOL(WINAPI *call_fn)(UINT, HDEVINFO, PSP_DEVINFO_DATA);

static BOOL is_adapter(HKEY key, const char *guid)
{
	char id[64] = "";
	DWORD len = sizeof(id) - 1, type = 0;

	return RegQueryValueExA(key, "NetCfgInstanceId", NULL, &type, (BYTE *)id, &len) == 0 &&
	       lstrcmpiA(id, guid) == 0;
}

/* As the device manager does it: the settings are read again without a restart of the system. */
void restart_device(const char *guid)
{
	static const GUID net = { 0x4d36e972, 0xe325, 0x11ce, { 0xbf, 0xc1, 8, 0, 0x2b, 0xe1, 3, 0x18 } };
	static SP_PROPCHANGE_PARAMS change;
	class_fn devices = (class_fn)(void *)find("setupapi.dll", "SetupDiGetClassDevsA");
	enum_fn next = (enum_fn)(void *)find("setupapi.dll", "SetupDiEnumDeviceInfo");
	key_fn open = (key_fn)(void *)find("setupapi.dll", "SetupDiOpenDevRegKey");
	params_fn set = (params_fn)(void *)find("setupapi.dll", "SetupDiSetClassInstallParamsA");
	call_fn call = (call_fn)(void *)find("setupapi.dll", "SetupDiCallClassInstaller");
	SP_DEVINFO_DATA device = { .cbSize = sizeof(device) };
	HDEVINFO all;

	if (!devices || !next || !open || !set || !call)
		return;
	all = devices(&net, NULL, NULL, DIGCF_PRESENT);
	change.ClassInstallHeader.cbSize = sizeof(change.ClassInstallHeader);
	change.ClassInstallHeader.InstallFunction = DIF_PROPERTYCHANGE;
	change.StateChange = DICS_PROPCHANGE;
	change.Scope = DICS_FLAG_CONFIGSPECIFIC;
	for (DWORD i = 0; all != INVALID_HANDLE_VALUE && next(all, i, &device); i++) {
		HKEY key = open(all, &device, DICS_FLAG_GLOBAL, 0, DIREG_DRV, KEY_READ);
		BOOL wanted = key != INVALID_HANDLE_VALUE && is_adapter(key, guid);

		if (key != INVALID_HANDLE_VALUE)
			RegCloseKey(key);
		if (wanted && set(all, &device, &change.ClassInstallHeader, sizeof(change)))
			call(DIF_PROPERTYCHANGE, all, &device);
	}
}
