/* A step with each application of control flow, which must not keep a call
 * alive: test_dialplan.c runs them, test_apps.c looks whether all are here. */
#ifndef TESTS_SIM_CONTROL_STEPS_H
#define TESTS_SIM_CONTROL_STEPS_H

/* Between "exten => 100,1,Pause(1)" and "Goto(100,1)"; "sub" is a context. */
static const struct control_step {
	const char *app, *steps;
} control_steps[] = {
	{ "Goto", "Goto(100,1)" },
	{ "GotoIf", "GotoIf(1?100,1)" },
	{ "GotoIfTime", "GotoIfTime(*,*,*,*?100,1)" },
	{ "Set", "Set(A=${A}x)" },
	{ "MSet", "MSet(A=1,B=2)" },
	{ "NoOp", "NoOp(${A})" },
	{ "Verbose", "Verbose(3,text)" },
	{ "Log", "Log(DEBUG,text)" },
	{ "Incomplete", "Incomplete(n)" },
	{ "Gosub", "Gosub(sub,s,1)" },
	{ "GosubIf", "GosubIf(1?sub,s,1)" },
	{ "Return", "Gosub(sub,s,1)" },
	{ "StackPop", "Gosub(sub,pop,1)" },
	{ "While", "While(1)\n same => n,Pause(1)\n same => n,EndWhile()" },
	{ "EndWhile", "While(1)\n same => n,Pause(1)\n same => n,EndWhile()" },
	{ "ContinueWhile",
	  "While(1)\n same => n,Pause(1)\n same => n,ContinueWhile()\n same => n,EndWhile()" },
	{ "ExitWhile",
	  "While(1)\n same => n,Pause(1)\n same => n,ExitWhile()\n same => n,EndWhile()" },
};

#endif
