-- The same for what changed with version 11 in tables that version 10 has: temporary views in their place.

create temp view class as
select *, null as labelling_id from main.class;
