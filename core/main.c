/* The daemon's table of contents: start, run, stop. */
#include <ringdown/base.h>

#include <stdio.h>

int main(void)
{
	printf("ringdown %s\n", RD_VERSION);
	return 0;
}
