// The points of Winograd's transforms of size 6: 0, ±P1, ±P2, ∞. See winograd.c.
#ifndef ENGRAM_WINOGRAD_POINTS_H
#define ENGRAM_WINOGRAD_POINTS_H

#define P1 0.75f
#define P2 1.5f

#endif
