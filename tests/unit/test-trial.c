// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of what a trial does beside the guest: the neighbour on its network, and the keyboard. */
#include "config.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/keyboard.h"
#include "lib/trial_net.h"
#include "lib/typist.h"
#include "lib/waited.h"
#include "tests/unit/test.h"

/* An ARP answer and an echo answer as the guest 10.0.2.40 (52:54:00:00:00:01) sends them. */
static const uint8_t arp_answer[] = {
	0x02, 'r', 'e', 'h', 'o', 's', 0x52, 0x54, 0, 0, 0, 1, 0x08, 0x06,
	0, 1, 8, 0, 6, 4, 0, 2, 0x52, 0x54, 0, 0, 0, 1, 10, 0, 2, 40,
	0x02, 'r', 'e', 'h', 'o', 's', 10, 0, 2, 254,
};
static const uint8_t arp_question[] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0, 0, 0, 1, 0x08, 0x06,
	0, 1, 8, 0, 6, 4, 0, 1, 0x52, 0x54, 0, 0, 0, 1, 10, 0, 2, 40,
	0, 0, 0, 0, 0, 0, 10, 0, 2, 254,
};
static const uint8_t echo_answer[] = {
	0x02, 'r', 'e', 'h', 'o', 's', 0x52, 0x54, 0, 0, 0, 1, 0x08, 0x00,
	0x45, 0, 0, 28, 0, 0, 0, 0, 64, 1, 0, 0, 10, 0, 2, 40, 10, 0, 2, 254,
	0, 0, 0, 0, 0x52, 0x48, 0, 1,
};

static void ours_is_an_address_beside_the_guests(void **state)
{
	static const struct {
		const char *address, *gateway, *own;
	} cases[] = {
		{ "10.0.2.40/24", "10.0.2.2", "10.0.2.254" },
		{ "10.0.2.254/24", "10.0.2.253", "10.0.2.252" },
		{ "10.0.0.1/30", NULL, "10.0.0.2" },
		{ "10.0.0.1/30", "10.0.0.2", NULL },
		{ "10.0.0.1/31", NULL, NULL },
		{ "10.0.0.1", NULL, NULL },
		{ "fe80::1/64", NULL, NULL },
		{ "", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct neighbour n;
		bool ok = neighbour_init(&n, cases[i].address, cases[i].gateway);

		assert_int_equal(cases[i].own != NULL, ok);
		if (ok)
			assert_string_equal(cases[i].own, inet_ntoa(n.own));
	}
}

static void it_asks_until_it_is_answered(void **state)
{
	struct neighbour n;
	uint8_t frame[NEIGHBOUR_FRAME];

	(void)state;
	assert_true(neighbour_init(&n, "10.0.2.40/24", "10.0.2.2"));
	assert_int_equal(42, neighbour_ask(&n, frame));
	assert_memory_equal("\x08\x06", frame + 12, 2);
	assert_memory_equal("\x0a\x00\x02\x28", frame + 38, 4);
	assert_int_equal(0, neighbour_hear(&n, arp_answer, sizeof(arp_answer), frame));
	assert_true(n.resolved);
	assert_int_equal(58, neighbour_ask(&n, frame));
	assert_memory_equal(arp_answer + 6, frame, 6);
	assert_int_equal(8, frame[34]);
	assert_false(n.answered);
	assert_int_equal(0, neighbour_hear(&n, echo_answer, sizeof(echo_answer), frame));
	assert_true(n.answered);
}

static void it_answers_for_itself_alone(void **state)
{
	struct neighbour n;
	uint8_t frame[NEIGHBOUR_FRAME], other[sizeof(arp_question)];

	(void)state;
	assert_true(neighbour_init(&n, "10.0.2.40/24", NULL));
	assert_int_equal(42, neighbour_hear(&n, arp_question, sizeof(arp_question), frame));
	assert_memory_equal("\x0a\x00\x02\xfe", frame + 28, 4);
	memcpy(other, arp_question, sizeof(other));
	other[41] = 2;
	assert_int_equal(0, neighbour_hear(&n, other, sizeof(other), frame));
}

static void what_is_cut_or_of_others_counts_for_nothing(void **state)
{
	struct neighbour n;
	uint8_t frame[NEIGHBOUR_FRAME], other[sizeof(echo_answer)];

	(void)state;
	assert_true(neighbour_init(&n, "10.0.2.40/24", NULL));
	for (size_t len = 0; len < sizeof(arp_answer); len++) {
		neighbour_hear(&n, arp_answer, len, frame);
		assert_false(n.resolved);
	}
	for (size_t len = 0; len < sizeof(echo_answer); len++)
		neighbour_hear(&n, echo_answer, len, frame);
	memcpy(other, echo_answer, sizeof(other));
	other[14] = 0x4f;	/* a header that is longer than the frame */
	neighbour_hear(&n, other, sizeof(other), frame);
	memcpy(other, echo_answer, sizeof(other));
	other[29] = 41;		/* another one's address */
	neighbour_hear(&n, other, sizeof(other), frame);
	assert_false(n.answered);
}

static void a_card_is_wired_to_a_hub(void **state)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct guest_nic nics[] = { { .mac = "52:54:00:00:00:01" },
				    { .mac = "52:54:00:00:00:02", .address = "10.0.2.40/24" } };
	struct guest g = { .nics = nics, .n_nics = 2 };
	struct trial_net net = TRIAL_NET_INIT;
	struct strv args CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *text = NULL, *expected = NULL;

	(void)state;
	strv_add_many(&args, "-netdev", "user,id=net0,restrict=on", "-netdev", "user,id=net1,restrict=on",
		      "-device", "e1000,netdev=net1", NULL);
	assert_int_equal(0, trial_net_wire(&net, &g, &args, &err));
	assert_int_equal(1, net.n_cards);
	text = strv_join(&args, " ");
	expected = xasprintf("-netdev user,id=net0,restrict=on -netdev user,id=user1,restrict=on "
			     "-netdev socket,id=wire1,fd=%d "
			     "-netdev hubport,id=hub-user1,hubid=1,netdev=user1 "
			     "-netdev hubport,id=hub-wire1,hubid=1,netdev=wire1 "
			     "-netdev hubport,id=net1,hubid=1 -device e1000,netdev=net1",
			     net.theirs[0]);
	assert_string_equal(expected, text);
	/* what comes over the wire is heard, and a flood does not hold it up */
	assert_int_equal(sizeof(arp_answer),
			 send(net.theirs[0], arp_answer, sizeof(arp_answer), 0));
	trial_net_tick(&net);
	assert_true(net.cards[0].neighbour.resolved);
	assert_false(trial_net_done(&net));
	assert_int_equal(sizeof(echo_answer),
			 send(net.theirs[0], echo_answer, sizeof(echo_answer), 0));
	trial_net_tick(&net);
	assert_true(trial_net_done(&net));
	trial_net_close(&net);
}

static void only_what_has_a_key_is_typed(void **state)
{
	(void)state;
	assert_true(keyboard_can_type("Line-4: {pass} ~`\\|'\"<>?"));
	assert_false(keyboard_can_type("caf\xc3\xa9"));
	assert_false(keyboard_can_type("two\nlines"));
	assert_true(keyboard_can_type(""));
}

/* Each line: until then the machine does this, and then it is time to type, or not. */
static void a_passphrase_waits_for_the_kernel(void **state)
{
	static const struct {
		double until;
		size_t serial_len;
		uint64_t disk_read;
		bool due;
	} boot[] = {
		{ 5, 0, 0, false },		/* firmware                                        */
		{ 45, 0, 1 << 20, false },	/* a loader that is slow to draw its menu          */
		{ 50, 0, 30 << 20, false },	/* it reads the kernel                             */
		{ 52, 900, 30 << 20, false },
		{ 58, 900, 30 << 20, false },
		{ 59, 900, 30 << 20, true },	/* the question: 8 s without a word                */
	};
	struct typist t = TYPIST_INIT;
	double now = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(boot); i++) {
		bool due = false;

		for (; now <= boot[i].until; now++)
			due = typist_due(&t, boot[i].serial_len, boot[i].disk_read, now);
		assert_int_equal(boot[i].due, due);
	}
	/* who was told once is given time */
	t.n_typed = 1;
	t.typed_at = now;
	assert_false(typist_due(&t, 900, 30 << 20, now + 19));
	assert_true(typist_due(&t, 900, 30 << 20, now + 20));
}

static void a_loader_that_asks_is_answered_too(void **state)
{
	struct typist t = TYPIST_INIT;

	(void)state;
	assert_false(typist_due(&t, 0, 512, 1000));
	assert_false(typist_due(&t, 0, 1 << 20, 1001));
	assert_false(typist_due(&t, 0, 1 << 20, 1060));
	assert_true(typist_due(&t, 0, 1 << 20, 1061));
}

static void waiting_for_a_processor_is_counted(void **state)
{
	double before = waited_seconds(getpid());

	(void)state;
	assert_true(before >= 0);
	assert_true(waited_seconds(getpid()) >= before);
	assert_true(waited_seconds(0) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ours_is_an_address_beside_the_guests),
		cmocka_unit_test(it_asks_until_it_is_answered),
		cmocka_unit_test(it_answers_for_itself_alone),
		cmocka_unit_test(what_is_cut_or_of_others_counts_for_nothing),
		cmocka_unit_test(a_card_is_wired_to_a_hub),
		cmocka_unit_test(only_what_has_a_key_is_typed),
		cmocka_unit_test(a_passphrase_waits_for_the_kernel),
		cmocka_unit_test(a_loader_that_asks_is_answered_too),
		cmocka_unit_test(waiting_for_a_processor_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
