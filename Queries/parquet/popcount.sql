-- Question: How many interactions of each layer are significant in each sample?
-- Notes: counted in the bits, beside what the warehouse counted; density is that over the layer's interactions.
-- Columns: run, layer, sample, class, n_significant, popcount, density

with counted as (
  select run, layer, sample, class, class_name, n_significant, cast(sum(n_bits) as bigint) as popcount
  from significance_block
  group by run, layer, sample, class, class_name, n_significant),
size as (
  select distinct run, layer, layer_position, n_interactions from layer)
select run, layer, sample, class_name as class, n_significant, popcount,
  popcount / cast(n_interactions as double) as density
from counted join size using (run, layer)
order by run, layer_position, sample;
