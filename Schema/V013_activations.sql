-- Version 13: the control in activation space. Measures of the kind `activation` are of the classes as independent Gaussians
-- over the pre-activations; they have a floor of variances in place of counts' smoothing. README.md documents every column.

alter table entropy add column variance_floor real check ((variance_floor is null) = (kind <> 'activation'));
-- Neurons that are the same in every sample of the run, which the measure leaves out.
alter table entropy add column left_out integer not null default 0 check (left_out >= 0);
alter table divergence add column variance_floor real check ((variance_floor is null) = (kind <> 'activation'));
alter table likelihood add column variance_floor real check ((variance_floor is null) = (kind <> 'activation'));

-- Definitions alone change here, no row: https://sqlite.org/lang_altertable.html#otheralter says how. The entropy of a
-- density may be negative, and its logarithm positive.
pragma writable_schema = on;
with recursive
change (place, old, new) as (values
  (1, '(''interaction'', ''neuron'')', '(''interaction'', ''neuron'', ''activation'')'),
  (2, '(''interaction'', ''neuron'', ''input'')', '(''interaction'', ''neuron'', ''activation'', ''input'')'),
  (3, 'alpha real not null', 'alpha real check ((alpha is null) = (kind = ''activation''))'),
  (4, 'entropy between -0.000001 and',
    'entropy between case kind when ''activation'' then -1.7976931348623157e308 else -0.000001 end and'),
  (5, 'and 0.000001)', 'and case kind when ''activation'' then 1.7976931348623157e308 else 0.000001 end)')),
edited (name, place, sql) as (
  select name, 0, sql from sqlite_schema
  where type = 'table' and name in ('entropy', 'divergence', 'likelihood', 'replicate')
  union all
  select name, change.place, replace(sql, old, new) from edited join change on change.place = edited.place + 1)
update sqlite_master set sql = edited.sql
from edited where edited.name = sqlite_master.name and sqlite_master.type = 'table' and edited.place = 5;
-- SQLite reads the definitions again, and refuses what it cannot read.
pragma writable_schema = reset;
