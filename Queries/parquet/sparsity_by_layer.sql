-- Question: How sparse is each layer: the mean activation proportion, and what share never or always fires?
-- Notes: of whole runs, where class is null, and of each class.
-- Columns: run, layer, kind, class, n_samples, mean_proportion, never_share, always_share

with spread as (
  select matrix, class, class_position, class_name, n_samples, cast(sum(n_units) as double) as n_units,
    sum(cast(k as double) * n_units) as total,
    cast(sum(case when k = 0 then n_units else 0 end) as double) as never,
    cast(sum(case when k = n_samples then n_units else 0 end) as double) as always
  from frequency
  group by matrix, class, class_position, class_name, n_samples)
select run, layer, kind, class_name as class, n_samples, total / n_units / n_samples as mean_proportion,
  never / n_units as never_share, always / n_units as always_share
from spread
join (select distinct matrix, run, layer, kind from profile) as place using (matrix)
join run_layer using (run, layer)
order by run, layer_position, kind, coalesce(class_position, -1);
