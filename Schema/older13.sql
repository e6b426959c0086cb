-- How files of versions 7 to 13, which are read as they are, answer as those of version 14: a temporary view in place of the
-- table that has columns more since. Nothing was left out of them, and no parts were merged but all.

create temp view run as
select *, 'stored' as activations, null as shard_last from main.run;
