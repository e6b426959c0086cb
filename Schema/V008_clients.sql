-- Version 8: a file that every client of SQLite reads, browses, dumps and alters. Foreign keys name their column,
-- no table needs JSON functions (SQLite 3.40 refuses a schema with them where trusted_schema is off), run_layer has
-- a rowid, and the version stands in a table, which a dump keeps. README.md documents every column.

-- Definitions alone change here, no row: https://sqlite.org/lang_altertable.html#otheralter says how.
pragma writable_schema = on;
with recursive
parent (name) as (values ('model'), ('layer'), ('dataset'), ('class'), ('sample'), ('run')),
ending (text) as (values (' '), (','), (')'), (char(10))),
change (place, old, new) as (
  select row_number() over (order by step, old), old, new from (
    -- A column of a user's that names its column already is left as it is.
    select 1 as step, 'references ' || name || ' (' as old, 'references ' || name || '(' as new from parent
    union all
    select 2, 'references ' || name || text, 'references ' || name || ' (' || name || '_id)' || text
    from parent cross join ending
    union all values
      (3, ' check (training is null or json_valid(training))', ''), (3, ' check (json_valid(selection))', ''),
      (3, ' check (json_array_length(histogram) = 20)', ''))),
edited (name, place, sql) as (
  select name, 0, sql from sqlite_schema
  where type = 'table' and name in (
    'model', 'layer', 'layer_weight', 'dataset', 'class', 'sample', 'run', 'prediction', 'unreadable', 'activation',
    'significance', 'class_profile', 'sparsity', 'entropy', 'divergence', 'rank', 'entanglement', 'likelihood', 'detector',
    'replicate')
  union all
  select name, change.place, replace(sql, old, new) from edited join change on change.place = edited.place + 1)
update sqlite_master set sql = edited.sql
from edited
where type = 'table' and edited.name = sqlite_master.name and edited.place = (select max(place) from change);
-- SQLite reads the definitions again, and refuses what it cannot read.
pragma writable_schema = reset;

create temp table old_run_layer as select run_id, layer_id from run_layer;
drop table run_layer;
create table run_layer (
  run_id integer not null references run (run_id) on delete cascade,
  layer_id integer not null references layer (layer_id),
  primary key (run_id, layer_id)
) strict;
insert into run_layer select run_id, layer_id from temp.old_run_layer;
drop table temp.old_run_layer;

-- One row.
create table engram_schema (
  version integer not null
) strict;
insert into engram_schema values (8);
