// SPDX-License-Identifier: GPL-2.0-or-later
/* The service itself: begin, work, and go. */
#include "firstboot.h"

#define SERVICE "RehostFirstBoot"

void start_firstboot(void);

static SERVICE_STATUS_HANDLE handle;

static void find_folder(void)
{
	int end;

	GetModuleFileNameA(NULL, folder, TEXT_MAX - 1);
	for (end = lstrlenA(folder); end && folder[end] != '\\';)
		end--;
	folder[end] = 0;
}

static void remove_self(void)
{
	static const char *const names[] = { "firstboot.ini", "state.txt", "firstboot.exe" };
	static char path[TEXT_MAX];
	SC_HANDLE manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_CONNECT);
	SC_HANDLE service = manager ? OpenServiceA(manager, SERVICE, DELETE) : NULL;

	if (service && !DeleteService(service))
		say("first boot: the service could not be removed: ", number(GetLastError()), NULL);
	if (service)
		CloseServiceHandle(service);
	if (manager)
		CloseServiceHandle(manager);
	/* a program cannot delete itself while it runs: the next start of the system does it */
	for (int i = 0; i < 3; i++) {
		join(path, folder, "\\", names[i], NULL);
		if (!DeleteFileA(path))
			MoveFileExA(path, NULL, MOVEFILE_DELAY_UNTIL_REBOOT);
	}
}

static void work(void)
{
	DWORD tries, left;

	read_settings();
	tries = state_count("try", "boot") + 1;
	if (tries > TRIES_MAX) {
		say("first boot: gave up after ", number(TRIES_MAX), " boots", NULL);
		remove_self();
		return;
	}
	state_add("try", "boot");
	say("first boot: begins, ", number(tries), ". try", NULL);
	left = run_list();
	left += run_scripts();
	if (left && tries < TRIES_MAX) {
		say("first boot: ", number(left), " left for the next boot", NULL);
		return;
	}
	say("first boot: done", left ? ", not everything could be" : "", NULL);
	remove_self();
}

static void report(DWORD state)
{
	static SERVICE_STATUS status;

	status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
	status.dwCurrentState = state;
	status.dwControlsAccepted = 0;
	SetServiceStatus(handle, &status);
}

static void WINAPI control(DWORD code)
{
	(void)code;
}

static void WINAPI service_main(DWORD argc, LPSTR *argv)
{
	(void)argc;
	(void)argv;
	handle = RegisterServiceCtrlHandlerA(SERVICE, control);
	report(SERVICE_RUNNING);
	work();
	report(SERVICE_STOPPED);
}

/* What stands behind "--item " on the command line, or NULL. */
static char *item_of_command(void)
{
	static char command[TEXT_MAX];

	lstrcpynA(command, GetCommandLineA(), TEXT_MAX);
	for (char *c = command; *c; c++)
		if (begins(c, " --item "))
			return c + 8;
	return NULL;
}

void start_firstboot(void)
{
	static SERVICE_TABLE_ENTRYA table[] = { { (char *)SERVICE, service_main }, { NULL, NULL } };
	char *item = item_of_command();

	find_folder();
	if (item) {
		read_settings();
		ExitProcess((UINT)run_item(item));
	}
	/* started by hand it works all the same */
	if (!StartServiceCtrlDispatcherA(table) && GetLastError() == ERROR_FAILED_SERVICE_CONTROLLER_CONNECT)
		work();
	ExitProcess(0);
}
