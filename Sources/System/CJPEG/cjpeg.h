// libjpeg-turbo by its own interface, which reports errors by value: libjpeg's leaves them by a long jump.
#ifndef ENGRAM_CJPEG_H
#define ENGRAM_CJPEG_H
#include <turbojpeg.h>
#endif
