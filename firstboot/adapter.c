// SPDX-License-Identifier: GPL-2.0-or-later
/* The settings of an old network card go to the new one that has its address on the wire. */
#include "firstboot.h"

#include <iphlpapi.h>

#define INTERFACES "SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters\\Interfaces\\"
#define CONNECTIONS                                                                                \
	"SYSTEM\\CurrentControlSet\\Control\\Network\\{4D36E972-E325-11CE-BFC1-08002BE10318}\\"

enum { ADAPTERS_MAX = 64 * 1024, VALUE_MAX = 16 * 1024 };

typedef DWORD(WINAPI *adapters_fn)(PIP_ADAPTER_INFO, PULONG);

static BOOL has_mac(const IP_ADAPTER_INFO *a, const char *mac)
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < 6; i++) {
		char text[3] = { digits[a->Address[i] >> 4], digits[a->Address[i] & 15], 0 };

		if (!begins(mac + 3 * i, text))
			return FALSE;
	}
	return a->AddressLength == 6;
}

/* The card may still be waiting for its driver. */
static BOOL find_adapter(const char *mac, char guid[64])
{
	static BYTE buffer[ADAPTERS_MAX];
	HMODULE m = LoadLibraryA("iphlpapi.dll");
	adapters_fn adapters = m ? (adapters_fn)(void *)GetProcAddress(m, "GetAdaptersInfo") : NULL;

	if (lstrlenA(mac) != 17)
		return FALSE;
	for (DWORD waited = 0; adapters; waited += 2) {
		ULONG len = sizeof(buffer);
		IP_ADAPTER_INFO *a = (IP_ADAPTER_INFO *)buffer;

		if (adapters(a, &len) == 0)
			for (; a; a = a->Next)
				if (has_mac(a, mac)) {
					lstrcpynA(guid, a->AdapterName, 64);
					return TRUE;
				}
		if (waited >= wait_seconds)
			break;
		Sleep(2000);
	}
	return FALSE;
}

/* All values as they are: names and contents are not looked at. */
static BOOL copy_values(HKEY from, HKEY to)
{
	static WCHAR name[TEXT_MAX];
	static BYTE data[VALUE_MAX];

	for (DWORD i = 0;; i++) {
		DWORD name_len = TEXT_MAX, len = sizeof(data), type = 0;
		LONG rc = RegEnumValueW(from, i, name, &name_len, NULL, &type, data, &len);

		if (rc == ERROR_NO_MORE_ITEMS)
			return TRUE;
		if (rc == 0 && RegSetValueExW(to, name, 0, type, data, len) != 0)
			return FALSE;
	}
}

enum result drop_settings(const char *guid)
{
	static const char *const values[] = { "IPAddress", "SubnetMask", "DefaultGateway", "NameServer" };
	char path[TEXT_MAX];
	DWORD dynamic = 1;
	HKEY key;

	join(path, INTERFACES, guid, NULL);
	if (RegOpenKeyExA(HKEY_LOCAL_MACHINE, path, 0, KEY_ALL_ACCESS, &key) != 0)
		return DONE;
	RegSetValueExA(key, "EnableDHCP", 0, REG_DWORD, (BYTE *)&dynamic, sizeof(dynamic));
	for (int i = 0; i < 4; i++)
		RegDeleteValueA(key, values[i]);
	RegCloseKey(key);
	say("first boot: the old card ", guid, " gave its address up", NULL);
	return DONE;
}

static HKEY open_connection(const char *guid)
{
	char path[TEXT_MAX];
	HKEY key;

	join(path, CONNECTIONS, guid, "\\Connection", NULL);
	return RegOpenKeyExA(HKEY_LOCAL_MACHINE, path, 0, KEY_ALL_ACCESS, &key) == 0 ? key : NULL;
}

/* The connection is called as before; the old one must not have the same name. */
static void move_name(const char *from, const char *to)
{
	static WCHAR name[256];
	DWORD len = sizeof(name) - 2, type = 0;
	HKEY old = open_connection(from), new = open_connection(to);

	if (old && new && RegQueryValueExW(old, L"Name", NULL, &type, (BYTE *)name, &len) == 0 && type == REG_SZ &&
	    RegSetValueExA(old, "Name", 0, REG_SZ, (const BYTE *)from, (DWORD)lstrlenA(from) + 1) == 0)
		RegSetValueExW(new, L"Name", 0, REG_SZ, (BYTE *)name, len);
	if (old)
		RegCloseKey(old);
	if (new)
		RegCloseKey(new);
}

enum result move_settings(const char *mac, const char *guid)
{
	char from_path[TEXT_MAX], to_path[TEXT_MAX], now[64];
	HKEY from = NULL, to = NULL;
	BOOL moved;

	if (!find_adapter(mac, now)) {
		say("first boot: no network card has ", mac, NULL);
		return RETRY;
	}
	if (lstrcmpiA(now, guid) == 0) {
		say("first boot: the card ", mac, " has its settings", NULL);
		return DONE;
	}
	join(from_path, INTERFACES, guid, NULL);
	join(to_path, INTERFACES, now, NULL);
	moved = RegOpenKeyExA(HKEY_LOCAL_MACHINE, from_path, 0, KEY_READ, &from) == 0 &&
		RegCreateKeyExA(HKEY_LOCAL_MACHINE, to_path, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &to,
				NULL) == 0 &&
		copy_values(from, to);
	if (from)
		RegCloseKey(from);
	if (to)
		RegCloseKey(to);
	if (!moved) {
		say("first boot: the settings of ", guid, " could not be moved", NULL);
		return RETRY;
	}
	move_name(guid, now);
	drop_settings(guid);
	restart_device(now);
	say("first boot: the card ", mac, " took over the settings of the old one", NULL);
	return DONE;
}
