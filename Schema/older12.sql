-- How files of versions 7 to 12, which are read as they are, answer as those of version 13: temporary views in place of the
-- tables that have columns more since. Nothing in them was measured of activations.

create temp view entropy as
select *, null as variance_floor, 0 as left_out from main.entropy;

create temp view divergence as
select *, null as variance_floor from main.divergence;

create temp view likelihood as
select *, null as variance_floor from main.likelihood;
