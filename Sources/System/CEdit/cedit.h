// libedit's readline interface: a line with editing, history and completion.
#ifndef ENGRAM_CEDIT_H
#define ENGRAM_CEDIT_H
#include <stdio.h>
#include <editline/readline.h>
#endif
