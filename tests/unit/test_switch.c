/* The stack switch by itself, of whichever kind this machine has: registers
 * that a callee must keep, alignment, and many stacks in a random order. */
#include "tests/unit/test.h"

#include <stdalign.h>

#include "core/sched/switch.h"
#include "core/sched/tools.h"

#define STACKS     8
#define ROUNDS     5000
#define STACK_SIZE (64u * 1024)

/* keep_call(kept, save, to): fill the callee-saved registers from kept[], call
 * rd__switch(save, to), and write back to kept[] what they hold after it. */
#if defined(__x86_64__)
#define KEPT 6
__asm__(".text\n"
	"keep_call:\n"
	"	pushq %rbp\n	pushq %rbx\n	pushq %r12\n"
	"	pushq %r13\n	pushq %r14\n	pushq %r15\n"
	"	pushq %rdi\n"
	"	movq %rdi, %rax\n	movq %rsi, %rdi\n	movq %rdx, %rsi\n"
	"	movq 0(%rax), %rbp\n	movq 8(%rax), %rbx\n	movq 16(%rax), %r12\n"
	"	movq 24(%rax), %r13\n	movq 32(%rax), %r14\n	movq 40(%rax), %r15\n"
	"	call rd__switch\n"
	"	popq %rax\n"
	"	movq %rbp, 0(%rax)\n	movq %rbx, 8(%rax)\n	movq %r12, 16(%rax)\n"
	"	movq %r13, 24(%rax)\n	movq %r14, 32(%rax)\n	movq %r15, 40(%rax)\n"
	"	popq %r15\n	popq %r14\n	popq %r13\n"
	"	popq %r12\n	popq %rbx\n	popq %rbp\n"
	"	ret\n");
#elif defined(__aarch64__)
#define KEPT 18 /* x19 to x28, d8 to d15 */
__asm__(".text\n"
	"keep_call:\n"
	"	stp x29, x30, [sp, #-176]!\n"
	"	stp x19, x20, [sp, #16]\n	stp x21, x22, [sp, #32]\n"
	"	stp x23, x24, [sp, #48]\n	stp x25, x26, [sp, #64]\n"
	"	stp x27, x28, [sp, #80]\n	stp d8, d9, [sp, #96]\n"
	"	stp d10, d11, [sp, #112]\n	stp d12, d13, [sp, #128]\n"
	"	stp d14, d15, [sp, #144]\n	str x0, [sp, #160]\n"
	"	ldp x19, x20, [x0, #0]\n	ldp x21, x22, [x0, #16]\n"
	"	ldp x23, x24, [x0, #32]\n	ldp x25, x26, [x0, #48]\n"
	"	ldp x27, x28, [x0, #64]\n	ldp d8, d9, [x0, #80]\n"
	"	ldp d10, d11, [x0, #96]\n	ldp d12, d13, [x0, #112]\n"
	"	ldp d14, d15, [x0, #128]\n"
	"	mov x0, x1\n	mov x1, x2\n"
	"	bl rd__switch\n"
	"	ldr x0, [sp, #160]\n"
	"	stp x19, x20, [x0, #0]\n	stp x21, x22, [x0, #16]\n"
	"	stp x23, x24, [x0, #32]\n	stp x25, x26, [x0, #48]\n"
	"	stp x27, x28, [x0, #64]\n	stp d8, d9, [x0, #80]\n"
	"	stp d10, d11, [x0, #96]\n	stp d12, d13, [x0, #112]\n"
	"	stp d14, d15, [x0, #128]\n"
	"	ldp x19, x20, [sp, #16]\n	ldp x21, x22, [sp, #32]\n"
	"	ldp x23, x24, [sp, #48]\n	ldp x25, x26, [sp, #64]\n"
	"	ldp x27, x28, [sp, #80]\n	ldp d8, d9, [sp, #96]\n"
	"	ldp d10, d11, [sp, #112]\n	ldp d12, d13, [sp, #128]\n"
	"	ldp d14, d15, [sp, #144]\n"
	"	ldp x29, x30, [sp], #176\n"
	"	ret\n");
#else
#define KEPT 1
static void keep_call(uint64_t *kept, void **save, void *to)
{
	(void)kept;
	rd__switch(save, to);
}
#endif
#if defined(__x86_64__) || defined(__aarch64__)
void keep_call(uint64_t *kept, void **save, void *to) __asm__("keep_call")
	__attribute__((visibility("hidden")));
#endif

struct side {
	void *context;
	unsigned tool_id;
	uint64_t seed;
	int rounds, wrong;
	bool aligned;
	alignas(16) char stack[STACK_SIZE];
};

static struct side sides[STACKS];
static void *home;
static uint64_t dice;

static uint64_t roll(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 11 | *seed << 53;
}

/* Switch away and count the registers that came back changed. */
static int switch_and_compare(struct side *self, void *to)
{
	uint64_t before[KEPT], after[KEPT];
	int wrong = 0;

	for (int i = 0; i < KEPT; i++)
		before[i] = after[i] = roll(&self->seed);
	keep_call(after, &self->context, to);
	for (int i = 0; i < KEPT; i++)
		wrong += before[i] != after[i];
	return wrong;
}

static void wander(void *arg)
{
	struct side *self = arg;
	volatile uintptr_t frame = (uintptr_t)__builtin_frame_address(0);

	self->aligned = frame % 16 == 0;
	while (self->rounds > 0) {
		struct side *next = &sides[roll(&dice) % STACKS];

		self->rounds--;
		if (next == self || next->rounds == 0)
			continue;
		self->wrong += switch_and_compare(self, next->context);
	}
	rd__switch(&self->context, home);
	self->wrong = -1;
}

static void prepare(struct side *side, int number)
{
	memset(side->stack, 0, sizeof(side->stack));
	side->seed = (uint64_t)number + 1;
	side->rounds = ROUNDS;
	side->wrong = 0;
	side->aligned = false;
	side->context = rd__switch_prepare(side->stack, sizeof(side->stack), wander, side);
}

static void registers_outlive_switches_among_many_stacks(void **state)
{
	(void)state;
	for (int i = 0; i < STACKS; i++)
		prepare(&sides[i], i);
	dice = 42;
	/* Who has no rounds left is not visited again; the last one comes home. */
	for (int i = 0; i < STACKS; i++)
		while (sides[i].rounds > 0)
			rd__switch(&home, sides[i].context);
	for (int i = 0; i < STACKS; i++) {
		assert_int_equal(sides[i].rounds, 0);
		assert_int_equal(sides[i].wrong, 0);
		assert_true(sides[i].aligned);
	}
}

static int register_stacks(void **state)
{
	(void)state;
	for (int i = 0; i < STACKS; i++)
		sides[i].tool_id = rd__tool_stack_new(sides[i].stack, STACK_SIZE);
	return 0;
}

static int forget_stacks(void **state)
{
	(void)state;
	for (int i = 0; i < STACKS; i++)
		rd__tool_stack_free(sides[i].tool_id, sides[i].stack, STACK_SIZE);
	return 0;
}

static void *away;

static void come_and_go(void *arg)
{
	for (;;)
		rd__switch(arg, home);
}

static void an_argument_reaches_the_entry(void **state)
{
	(void)state;
	away = rd__switch_prepare(sides[0].stack, sizeof(sides[0].stack), come_and_go, &away);
	for (int i = 0; i < 3; i++) {
		void *before = away;

		rd__switch(&home, away);
		assert_ptr_not_equal(away, NULL);
		assert_true(i == 0 || before == away);
		assert_in_range((uintptr_t)away, (uintptr_t)sides[0].stack,
				(uintptr_t)sides[0].stack + sizeof(sides[0].stack));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(registers_outlive_switches_among_many_stacks,
						register_stacks, forget_stacks),
		cmocka_unit_test_setup_teardown(an_argument_reaches_the_entry, register_stacks,
						forget_stacks),
	};

	return RUN_GROUP(tests);
}
