/* A dialplan function: ${LUHN(number)} is the digit that makes a number good (ISO/IEC
 * 7812, as cards have it); ${LUHN(number,check)} is 1 where its last digit does. */
#define RD_MODULE_NAME "func_luhn"

#include <ctype.h>
#include <string.h>

#include <ringdown/module.h>

/* -EINVAL: there is something but digits. */
static int luhn_digit(struct rd_str number)
{
	int sum = 0;

	for (size_t i = 0; i < number.n; i++) {
		int digit = number.p[number.n - 1 - i] - '0';

		if (digit < 0 || digit > 9)
			return -EINVAL;
		digit *= i % 2 ? 1 : 2;
		sum += digit / 10 + digit % 10;
	}
	return number.n ? (10 - sum % 10) % 10 : -EINVAL;
}

/* Runs wherever the dialplan is expanded, also outside of calls, and must not wait. What
 * is wrong is returned; the caller logs it with the place in the dialplan. */
static int luhn_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct rd_str what = rd_str_of(args), number;
	bool check;
	int digit;

	(void)ch;
	rd_str_cut(&what, ',', &number);
	number = rd_str_trim(number);
	check = rd_str_ieq(rd_str_trim(what), RD_STR("check"));
	if (what.n && !check)
		return -EINVAL;
	if (check && number.n)
		number.n--;
	digit = luhn_digit(number);
	if (digit < 0)
		return digit;
	rd_buf_printf(out, "%d", check ? number.p[number.n] - '0' == digit : digit);
	return out->failed ? -ENOMEM : 0;
}

static const struct rd_function functions[] = {
	{ .name = "LUHN",
	  .read = luhn_read,
	  .synopsis = "The check digit of a number",
	  .syntax = "LUHN(number[,check])",
	  .description = "With check: 1 where the last digit of the number is right, else 0." },
	{ 0 },
};

RD_MODULE(.name = RD_MODULE_NAME, .synopsis = "Check digits", .functions = functions);
